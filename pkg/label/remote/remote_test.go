package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

// TestEqualsOneProcess: several workers and the coordinator write what one process writes, for every
// task, with payloads in messages and in objects.
func TestEqualsOneProcess(t *testing.T) {
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification} {
		for name, inline := range map[string]int64{"messages": 0, "objects": 10} {
			t.Run(fmt.Sprint(task, " in ", name), func(t *testing.T) {
				s := newScene(t, task, 83)
				s.options.Lines.Text = true
				s.pool.inline = inline
				for range 2 {
					s.work(t, s.worker())
				}
				s.wantAlone(t)
				if s.notes.count("finished; workers: ") != 1 {
					t.Errorf("the notes are %q", s.notes.lines)
				}
			})
		}
	}
}

// TestCSV: a file with a header, labelled by others alone.
func TestCSV(t *testing.T) {
	s := newScene(t, data.SingleLabel, 40)
	s.options.Output = strings.TrimSuffix(s.options.Output, ".jsonl") + ".csv"
	s.options.Lines.Probabilities, s.pool.OnlyOthers = true, true
	s.work(t, s.worker())
	s.wantAlone(t)
	if s.notes.count("no worker in this process") != 1 || s.notes.count("finished; workers: 1") != 1 {
		t.Errorf("the notes are %q", s.notes.lines)
	}
}

// TestLostWorkers loses workers at random moments, without a word. Their shards go to others.
func TestLostWorkers(t *testing.T) {
	s := newScene(t, data.SingleLabel, 150)
	s.pool.OnlyOthers = true
	rng, left := rand.New(rand.NewPCG(7, 7)), 6
	var lock sync.Mutex
	o := s.worker()
	o.lose = func(int) bool {
		lock.Lock()
		defer lock.Unlock()
		if left == 0 || rng.IntN(3) > 0 {
			return false
		}
		left--
		return true
	}
	for range 3 {
		s.work(t, o)
	}
	s.wantAlone(t)
	if left != 0 {
		t.Errorf("%d workers were not lost", left)
	}
}

// TestDeadlyShard has a shard that ends every worker.
func TestDeadlyShard(t *testing.T) {
	s := newScene(t, data.SingleLabel, 20)
	s.pool.OnlyOthers = true
	o := s.worker()
	o.lose, o.deliveries = func(shard int) bool { return shard == 2 }, 2
	s.work(t, o)
	_, err := label.Run(t.Context(), s.classifier, s.options)
	if err == nil || !strings.Contains(err.Error(), "shard 2 (texts 11 to 15)") || !strings.Contains(err.Error(), "2 workers ended while they labelled it") {
		t.Errorf("%v, expected that shard 2 ends its workers", err)
	}
}

// stopping ends a labelling after some blocks.
type stopping struct {
	*Pool
	after int
}

var errStopped = errors.New("stopped by the test")

func (s stopping) Label(ctx context.Context, job label.Job, shards iter.Seq2[label.Shard, error], write func(label.Block) error) error {
	n := 0
	return s.Pool.Label(ctx, job, shards, func(b label.Block) error {
		if n++; n > s.after {
			return errStopped
		}
		return write(b)
	})
}

// TestResume: the next process takes the blocks of the first one, and does not label again what a
// worker has labelled meanwhile. Blocks of texts that have changed are not taken.
func TestResume(t *testing.T) {
	for name, change := range map[string]bool{"the same texts": false, "another text": true} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, data.SingleLabel, 60)
			s.pool.OnlyOthers = true
			ctx, cancel := context.WithCancelCause(t.Context())
			ended := s.begin(ctx)
			s.sent(t, 12)
			cancel(errStopped)
			if err := <-ended; !errors.Is(err, errStopped) {
				t.Fatalf("%v, expected the end of the context", err)
			}
			o := s.worker()
			o.Once = true
			if err := Run(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			s.options.Pool = stopping{s.pool, 2}
			if _, err := label.Run(t.Context(), s.classifier, s.options); !errors.Is(err, errStopped) {
				t.Fatalf("%v, expected the error of the pool", err)
			}
			s.options.Pool = s.pool
			if change {
				toytest.ReplaceIn(t, s.options.Inputs[0], `"id":"t44"`, `"id":"T44"`)
			}
			if names := s.streams(t); len(names) != 2 {
				t.Fatalf("the streams are %q, expected shards and blocks", names)
			}
			labelled := 0
			o = s.worker()
			o.lose = func(int) bool { labelled++; return false }
			s.work(t, o)
			s.wantAlone(t)
			if want := map[bool]int{false: 0, true: 1}[change]; labelled != want {
				t.Errorf("%d shards were labelled again, expected %d", labelled, want)
			}
		})
	}
}

// TestFailures: a shard that fails three times ends the labelling with its error. With the text
// corrected, the same call continues.
func TestFailures(t *testing.T) {
	s := newScene(t, data.TokenClassification, 20)
	pairs := filepath.Join(t.TempDir(), "pairs.csv")
	toytest.WriteFile(t, pairs, "question1,question2\na b,c\n")
	s.options.Inputs = append(s.options.Inputs, pairs)
	s.work(t, s.worker())
	_, err := label.Run(t.Context(), s.classifier, s.options)
	if err == nil || !strings.Contains(err.Error(), "shard 4 (texts 21 to 21) cannot be labelled, after 3 failures") || !strings.Contains(err.Error(), "the texts are pairs") {
		t.Fatalf("%v, expected the failures of shard 4", err)
	}
	if n := s.notes.count("warning: worker "); n != mostFailures {
		t.Errorf("%d warnings, expected %d: %q", n, mostFailures, s.notes.lines)
	}
	toytest.WriteFile(t, pairs, "text\na b\n")
	s.wantAlone(t)
}

// TestPoison puts messages into both queues that cannot be read. Nobody stops.
func TestPoison(t *testing.T) {
	s := newScene(t, data.SingleLabel, 60)
	s.pool.OnlyOthers = true
	conn := s.connect(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.wantAlone(t)
	}()
	j := s.sent(t, 12)
	// The shard that is lost here comes again after all other messages: the labelling ends with it.
	if m, err := conn.Fetch(t.Context(), j.queue, time.Second, j.present); err != nil || m == nil {
		t.Fatalf("no shard: %v", err)
	}
	id := j.manifest.Job
	odd, err := pack(label.Shard{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range [][]byte{nil, []byte("{"), odd} {
		for stream, subject := range map[string]string{shardsPrefix: shardsSubject, blocksPrefix: blocksSubject} {
			if err := conn.Publish(t.Context(), stream+id, &nats.Msg{Subject: subject + id, Data: payload}); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.work(t, s.worker())
	<-ended
	if shards, blocks := s.notes.count("message "), s.notes.count("warning: a result"); shards != 3 || blocks != 3 {
		t.Errorf("%d and %d notes, expected 3 each: %q", shards, blocks, s.notes.lines)
	}
}

// TestLostShards empties the queue. The labelling says so, and the same call continues.
func TestLostShards(t *testing.T) {
	s := newScene(t, data.SingleLabel, 30)
	s.pool.OnlyOthers = true
	ended := s.begin(t.Context())
	if err := s.sent(t, 6).shards.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "6 shards are not on the NATS server any more") {
		t.Fatalf("%v, expected that six shards are lost", err)
	}
	s.pool.OnlyOthers = false
	s.wantAlone(t)
}

// TestReadsAhead: without workers only a limited number of shards is read.
func TestReadsAhead(t *testing.T) {
	s := newScene(t, data.SingleLabel, 1)
	m, err := label.Describe(s.classifier)
	if err != nil {
		t.Fatal(err)
	}
	s.pool.OnlyOthers = true
	read := make(chan int, 1000)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		for n := range read {
			if n == fewestAhead {
				time.Sleep(300 * time.Millisecond) // for more, if it were read
				cancel(errStopped)
			}
		}
	}()
	n := 0
	err = s.pool.Label(ctx, label.Job{ID: "ahead", Model: m, Lines: label.Lines{Format: label.JSONL}, Classifier: s.classifier}, func(yield func(label.Shard, error) bool) {
		for ; yield(label.Shard{Number: n, Texts: []label.Text{{Row: n + 1, Text: "a"}}}, nil); n++ {
			read <- n
		}
	}, func(label.Block) error { return nil })
	close(read)
	if !errors.Is(err, errStopped) {
		t.Errorf("%v, expected the end of the context", err)
	}
	// One waits in the reader, one in its channel.
	if n > fewestAhead+2 {
		t.Errorf("%d shards were read, expected at most %d", n, fewestAhead+2)
	}
}

// TestOptions wants errors at once.
func TestOptions(t *testing.T) {
	s := newScene(t, data.SingleLabel, 5)
	wrong := filepath.Join(t.TempDir(), "token")
	toytest.WriteFile(t, wrong, "wrong")
	for want, change := range map[string]func(*Pool){
		"Lease is 1ms":                      func(p *Pool) { p.Lease = time.Millisecond },
		"Replicas is 6":                     func(p *Pool) { p.Replicas = 6 },
		"Source is empty":                   func(p *Pool) { p.Source = Source{} },
		"no NATS server answers at nats://": func(p *Pool) { p.Server = natsconn.Server{URL: "nats://127.0.0.1:1"} },
		"refuses " + wrong:                  func(p *Pool) { p.Server.TokenFile = wrong },
	} {
		t.Run(want, func(t *testing.T) {
			p := *s.pool
			change(&p)
			o := s.options
			o.Pool = &p
			if _, err := label.Run(t.Context(), s.classifier, o); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, expected an error with %q", err, want)
			}
			if strings.Contains(want, "server") || strings.Contains(want, "refuses") {
				w := s.worker()
				w.Server = p.Server
				if err := Run(t.Context(), w); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("the worker's error is %v, expected one with %q", err, want)
				}
			}
		})
	}
}

// TestRefused: a worker with another model, another engine or other messages does not work for a
// labelling, and the coordinator shows why. The others finish it.
func TestRefused(t *testing.T) {
	s := newScene(t, data.SingleLabel, 30)
	s.pool.OnlyOthers = true
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.wantAlone(t)
	}()
	s.sent(t, 6)
	o := s.worker()
	o.Open = func(ctx context.Context, source Source) (c *classify.Classifier, err error) {
		if c, err = opener(s.backend)(ctx, source); err == nil {
			err = c.Model().SetLabels([]string{"one", "two", "three"})
		}
		return c, err
	}
	var mismatch *MismatchError
	if err := Run(t.Context(), o); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "the digest of the model is") || !strings.Contains(err.Error(), "the same files for "+s.model) {
		t.Errorf("%v, expected a *MismatchError about the model", err)
	}
	o.Open = func(ctx context.Context, source Source) (*classify.Classifier, error) {
		return nil, errors.New("no such folder")
	}
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "cannot open the model: no such folder") {
		t.Errorf("%v, expected that the model cannot be opened", err)
	}
	eventually(t, "the coordinator shows both", func() bool { return s.notes.count("warning: worker ") == 2 })
	s.work(t, s.worker())
	<-ended
}

// TestOtherProgram has a labelling that another program began.
func TestOtherProgram(t *testing.T) {
	for want, change := range map[string]func(*manifest){
		`the engine is "`:   func(m *manifest) { m.Engine = "abacus" },
		`the platform is "`: func(m *manifest) { m.Platform = "plan9/mips" },
		`the format of messages is "1", the labelling's "2"`: func(m *manifest) { m.Format = 2 },
	} {
		t.Run(want, func(t *testing.T) {
			s := newScene(t, data.SingleLabel, 5)
			conn := s.connect(t)
			m, err := label.Describe(s.classifier)
			if err != nil {
				t.Fatal(err)
			}
			other := manifest{Format: format, Job: "other", Versions: versionsOf(s.classifier), Digest: m.Digest, Source: Source{Adapter: s.model}, Lease: time.Minute}
			change(&other)
			j, err := create(t.Context(), conn, other, 1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := j.sendShard(t.Context(), []byte("x")); err != nil {
				t.Fatal(err)
			}
			var mismatch *MismatchError
			if err := Run(t.Context(), s.worker()); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), want) {
				t.Errorf("the worker's error is %v, expected a *MismatchError with %q", err, want)
			}
			err = s.pool.Label(t.Context(), label.Job{ID: "other", Model: m, Classifier: s.classifier}, func(func(label.Shard, error) bool) {}, func(label.Block) error { return nil })
			if !errors.As(err, &mismatch) || !strings.Contains(err.Error(), want) {
				t.Errorf("the coordinator's error is %v, expected a *MismatchError with %q", err, want)
			}
		})
	}
}
