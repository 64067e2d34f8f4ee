package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
)

// letters writes n texts of letters to a file. Some are longer than a classifier of the tests reads.
func letters(t testing.TB, path string, n int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 4))
	var out strings.Builder
	for i := range n {
		words := make([]string, 1+rng.IntN(20))
		for j := range words {
			words[j] = string(rune('a' + rng.IntN(20)))
		}
		text, err := json.Marshal(map[string]any{"id": fmt.Sprint("t", i), "text": strings.Join(words, " ")})
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(text, '\n'))
	}
	toytest.WriteFile(t, path, out.String())
}

// server starts an embedded server until the test ends.
func server(t testing.TB) natsconn.Server {
	t.Helper()
	own, err := embeddednats.Start(filepath.Join(t.TempDir(), "nats"), embeddednats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	})
	return own.Server
}

// opener opens the models of the tests, which read at most 16 tokens of a text.
func opener(backend compute.Backend) func(context.Context, Source) (*classify.Classifier, error) {
	return func(ctx context.Context, s Source) (*classify.Classifier, error) {
		config, err := bert.ReadConfig(s.Adapter)
		if err != nil {
			return nil, err
		}
		head := bert.Classification
		if config.ScoresTokens() {
			head = bert.TokenClassification
		}
		m, err := bert.Open(ctx, s.Adapter, bert.Options{Head: head})
		if err != nil {
			return nil, err
		}
		p, err := classify.NewPredictor(backend, m, m.Encoder(), 16)
		if err != nil {
			return nil, err
		}
		return classify.New(m, p), nil
	}
}

// scene is a labelling of a test.
type scene struct {
	backend    compute.Backend
	server     natsconn.Server
	model      string // folder
	classifier *classify.Classifier
	options    label.Options
	pool       *Pool
	notes      *notes
}

// begin runs the labelling, and sends its error at its end.
func (s *scene) begin(ctx context.Context) <-chan error {
	ended := make(chan error)
	go func() {
		_, err := label.Run(ctx, s.classifier, s.options)
		ended <- err
	}()
	return ended
}

// newScene is a labelling of n texts in shards of 5.
func newScene(t testing.TB, task data.Task, n int) *scene {
	t.Helper()
	s := &scene{backend: testenv.GoBackend(t), server: server(t), model: toytest.Classifier(t, task), notes: &notes{}}
	s.classifier = toytest.OpenClassifier(t, s.backend, s.model)
	dir := t.TempDir()
	letters(t, filepath.Join(dir, "in.jsonl"), n)
	s.pool = &Pool{Server: s.server, Source: Source{Adapter: s.model}, Lease: time.Second, Progress: s.notes, check: 100 * time.Millisecond}
	s.options = label.Options{Inputs: []string{filepath.Join(dir, "in.jsonl")}, Output: filepath.Join(dir, "out.jsonl"), ShardTexts: 5, Pool: s.pool}
	return s
}

// worker returns the options of a worker.
func (s *scene) worker() Options {
	return Options{Server: s.server, Open: opener(s.backend), Progress: s.notes}
}

// work starts a worker until the test ends. A worker that is lost is replaced.
func (s *scene) work(t testing.TB, o Options) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := Run(ctx, o); err != errLost && ctx.Err() == nil {
				t.Errorf("a worker ended: %v", err)
				return
			}
		}
	}()
	t.Cleanup(func() { // before the server ends
		cancel()
		<-done
	})
}

// label labels and returns the report and the output.
func (s *scene) label(t testing.TB) (*label.Report, string) {
	t.Helper()
	report, err := label.Run(t.Context(), s.classifier, s.options)
	if err != nil {
		t.Fatal(err)
	}
	return report, toytest.ReadFile(t, s.options.Output)
}

// alone is label in this process alone, with another output.
func (s *scene) alone(t testing.TB, shard int) (*label.Report, string) {
	t.Helper()
	one := *s
	one.options.ShardTexts = shard
	one.options.Pool, one.options.Output = nil, filepath.Join(t.TempDir(), filepath.Base(s.options.Output))
	return one.label(t)
}

// wantAlone wants the output and the counts of one process, and nothing left on the server.
func (s *scene) wantAlone(t testing.TB) {
	t.Helper()
	report, got := s.label(t)
	wanted, want := s.alone(t, s.options.ShardTexts)
	if got != want {
		t.Errorf("the output differs from that of one process: %d bytes, expected %d", len(got), len(want))
	}
	if report.Counts.String() != wanted.Counts.String() || report.Counts.Sum != wanted.Counts.Sum || report.Texts != wanted.Texts || report.Shards != wanted.Shards || !report.Finished {
		t.Errorf("the report is %+v, expected %+v", report, wanted)
	}
	if left := s.streams(t); len(left) != 0 {
		t.Errorf("the server still has the streams %q", left)
	}
}

// connect connects to the server until the test ends.
func (s *scene) connect(t testing.TB) *natsconn.Conn {
	t.Helper()
	conn, err := natsconn.Connect(t.Context(), s.server, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// streams returns the names of the streams on the server.
func (s *scene) streams(t testing.TB) (names []string) {
	t.Helper()
	list := s.connect(t).JetStream().StreamNames(t.Context())
	for name := range list.Name() {
		names = append(names, name)
	}
	if list.Err() != nil {
		t.Fatal(list.Err())
	}
	return names
}

// sent waits until n shards of the one labelling are on the server, and none is labelled.
func (s *scene) sent(t testing.TB, n uint64) *job {
	t.Helper()
	conn := s.connect(t)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		ids, err := jobs(t.Context(), conn)
		if err != nil || len(ids) != 1 {
			continue
		}
		j, err := open(t.Context(), conn, ids[0])
		if err != nil {
			continue
		}
		if now, err := j.waiting(t.Context()); err == nil && now == n {
			return j
		}
	}
	t.Fatalf("%d shards are not on the server within a minute", n)
	return nil
}

// notes keeps notes of several goroutines.
type notes struct {
	lock  sync.Mutex
	lines []string
}

func (n *notes) Begin(task string, total, done int) progress.Task {
	return progress.Nop.Begin(task, total, done)
}

func (n *notes) Note(line string) {
	n.lock.Lock()
	defer n.lock.Unlock()
	n.lines = append(n.lines, line)
}

// count counts the lines with a text.
func (n *notes) count(text string) (count int) {
	n.lock.Lock()
	defer n.lock.Unlock()
	for _, line := range n.lines {
		if strings.Contains(line, text) {
			count++
		}
	}
	return count
}

// eventually wants a condition within a minute.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
