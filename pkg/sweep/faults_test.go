package sweep

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// TestParkedTrial has a trial that fails: it is parked after three attempts, with its error, and
// the others finish.
func TestParkedTrial(t *testing.T) {
	p := Plan{Base: toy(t), Fields: []Field{{Name: "data.max_length", Values: []any{20, 100000}}}}
	dir := filepath.Join(t.TempDir(), "parked")
	o := short(t, 1)
	r := runToy(t, t.Context(), dir, p, o)
	last := r.Trials[len(r.Trials)-1]
	if ofState(r, queue.Done) != 1 || last.State != queue.Parked || len(last.Failures) != queue.MostFailures || last.Attempts != queue.MostFailures {
		t.Fatalf("%+v", r.Trials)
	}
	if text := r.String(); !strings.Contains(text, "is parked after 3 failures: experiment: data.max_length is 100000") {
		t.Errorf("the result does not say why the trial is parked:\n%s", text)
	}
}

// TestTooManyExamples wants one error for examples that the data do not have, and no folder: a trial
// with them would be parked, and with the default all of them.
func TestTooManyExamples(t *testing.T) {
	base := toy(t)
	for want, plan := range map[string]Plan{
		"sweep: the default: experiment: data.test cannot draw 100000 of 80 examples":                     {Base: base, Fields: []Field{{Name: "adapter.r", Values: []any{2}}}},
		"sweep: the trial with data.test=100000: experiment: data.test cannot draw 100000 of 80 examples": {Base: base, Fields: []Field{{Name: "data.test", Values: []any{20, 100000}}}},
	} {
		if strings.Contains(want, "the default") {
			plan.Base.Data.Test = 100000
		}
		dir := filepath.Join(t.TempDir(), "many")
		_, err := Run(t.Context(), dir, plan, short(t, 1))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("the error is %v, want %s", err, want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: there is a folder, which refuses the corrected plan", want)
		}
	}
}

// TestWrongDefault wants one error for a model or an adapter with which no trial could begin, and no folder.
func TestWrongDefault(t *testing.T) {
	torn := toy(t)
	torn.Model = t.TempDir()
	if err := os.CopyFS(torn.Model, os.DirFS(toytest.Model(t))); err != nil {
		t.Fatal(err)
	}
	toytest.ReplaceIn(t, filepath.Join(torn.Model, "config.json"), `"intermediate_size": 24`, `"intermediate_size": 20`)
	unknown := toy(t)
	unknown.Adapter.TargetModules = []string{"query", "wrong"}
	head := toy(t)
	head.Method, head.Adapter = finetune.HeadOnly, lora.Config{ModulesToSave: []string{"wrong"}}
	long := toy(t)
	long.Data.MaxLength = 100000
	for name, c := range map[string]struct {
		base finetune.Experiment
		want string
	}{
		"model":   {torn, "intermediate.dense.weight"},
		"adapter": {unknown, `no module matches ["wrong"]`},
		"head":    {head, `names "wrong", which`},
		"length":  {long, "data.max_length is 100000"},
	} {
		t.Run(name, func(t *testing.T) {
			notes := &toytest.Notes{Progress: progress.Nop}
			dir, o := filepath.Join(t.TempDir(), "wrong"), short(t, 1)
			o.Progress = notesOnly{notes}
			_, err := Run(t.Context(), dir, Plan{Base: c.base, Fields: []Field{{Name: "training.learning_rate", Values: []any{0.01, 0.03}}}}, o)
			if err == nil || !strings.HasPrefix(err.Error(), "sweep: the default: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one of the default with %s", err, c.want)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("there is a folder, which refuses the corrected plan")
			}
			if text := strings.Join(notes.Notes, "\n"); strings.Contains(text, "parked") || strings.Contains(text, "failed") {
				t.Errorf("trials were tried:\n%s", text)
			}
		})
	}
}

// TestParkedTrialsWithOneError wants the names of the modules once in the notes and once in the result.
func TestParkedTrialsWithOneError(t *testing.T) {
	p := Plan{Base: toy(t), Fields: []Field{
		{Name: "adapter.target_modules", Values: []any{[]string{"query", "value"}, []string{"wrong"}, []string{"other"}}},
		{Name: "adapter.r", Values: []any{2, 4}},
	}}
	notes := &toytest.Notes{Progress: progress.Nop}
	o := short(t, 1)
	o.Progress = notesOnly{notes}
	r := runToy(t, t.Context(), filepath.Join(t.TempDir(), "parked"), p, o)
	if n := ofState(r, queue.Parked); n != 4 {
		t.Fatalf("%d trials are parked, expected 4", n)
	}
	var warnings []string
	for _, note := range notes.Notes {
		if strings.Contains(note, "is parked") {
			warnings = append(warnings, note)
		}
	}
	if text := strings.Join(notes.Notes, "\n"); strings.Count(text, "attempt 3: the error of an earlier attempt") != 4 {
		t.Errorf("the worker repeats an error:\n%s", text)
	}
	for what, lines := range map[string][]string{"notes": warnings, "result": r.problems()} {
		text := strings.Join(lines, "\n")
		if len(lines) != 4 || strings.Count(text, "attention.self.query") != 1 || strings.Count(text, "the error of trial") != 2 || strings.Count(text, "… (as trial") != 1 {
			t.Errorf("the %s repeat an error:\n%s", what, text)
		}
	}
}

// TestWrongServers wants errors at once.
func TestWrongServers(t *testing.T) {
	dir := t.TempDir()
	own, err := embeddednats.Start(filepath.Join(dir, "nats"), embeddednats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if host, _, err := net.SplitHostPort(strings.TrimPrefix(own.URL, "nats://")); err != nil || host != "127.0.0.1" {
		t.Errorf("the embedded server listens at %s, expected 127.0.0.1", own.URL)
	}
	if info, err := os.Stat(own.TokenFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token's file: %v, %v", info.Mode(), err)
	}
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "nats://" + closed.Addr().String()
	closed.Close()
	bare, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go bare.Start()
	defer bare.Shutdown()
	if !bare.ReadyForConnections(time.Minute) {
		t.Fatal("the server without JetStream does not start")
	}
	for name, c := range map[string]struct {
		server natsconn.Server
		want   string
	}{
		"nobody":           {natsconn.Server{URL: nobody}, "no NATS server answers at " + nobody},
		"no token":         {natsconn.Server{URL: own.URL}, "refuses the token in LORABOOK_NATS_TOKEN (or none)"},
		"wrong token":      {natsconn.Server{URL: own.URL, TokenFile: file("wrong", "wrong")}, "refuses " + filepath.Join(dir, "wrong")},
		"empty token":      {natsconn.Server{URL: own.URL, TokenFile: file("empty", "\n")}, "is empty"},
		"no token file":    {natsconn.Server{URL: own.URL, TokenFile: filepath.Join(dir, "none")}, "the token file"},
		"token in the URL": {natsconn.Server{URL: strings.Replace(own.URL, "//", "//secret@", 1)}, "the URL contains credentials"},
		"other scheme":     {natsconn.Server{URL: "http://127.0.0.1:4222"}, "expected nats://host:port"},
		"no credentials":   {natsconn.Server{URL: own.URL, Credentials: filepath.Join(dir, "none.creds")}, "the credentials file"},
		"two secrets":      {natsconn.Server{URL: own.URL, Credentials: own.TokenFile, TokenFile: own.TokenFile}, "expected one of them"},
		"half a key pair":  {natsconn.Server{URL: own.URL, TokenFile: own.TokenFile, Certificate: "x.pem"}, "expected both or none"},
		"no TLS":           {natsconn.Server{URL: strings.Replace(own.URL, "nats:", "tls:", 1), TokenFile: own.TokenFile}, "secure connection"},
		"no JetStream":     {natsconn.Server{URL: bare.ClientURL()}, "has no JetStream"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(natsconn.TokenVariable, "")
			began := time.Now()
			conn, err := natsconn.Connect(t.Context(), c.server, "test")
			if err == nil {
				conn.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("after %v: %v, want an error with %q", time.Since(began), err, c.want)
			}
		})
	}
	t.Setenv(natsconn.TokenVariable, strings.TrimSpace(string(read(t, own.TokenFile))))
	conn, err := natsconn.Connect(t.Context(), natsconn.Server{URL: own.URL}, "test")
	if err != nil {
		t.Fatalf("with the token from the environment: %v", err)
	}
	conn.Close()
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestFullStore gives the server less room than a run folder needs.
func TestFullStore(t *testing.T) {
	p := Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}
	dir := filepath.Join(t.TempDir(), "full")
	o := short(t, 1)
	o.maxStore = 40_000
	_, err := Run(t.Context(), dir, p, o)
	if !errors.Is(err, natsconn.ErrFull) || !strings.Contains(err.Error(), "max_file_store") {
		t.Fatalf("the error of a full store is %v", err)
	}
	o.maxStore = 0
	r := runToy(t, t.Context(), dir, p, o)
	if n := wantAlone(t, o.Backend, dir, p, r); n != 2 {
		t.Errorf("%d trials finished with more room, expected 2", n)
	}
}

// TestOtherVersions has a worker and a coordinator with another version than the sweep's.
func TestOtherVersions(t *testing.T) {
	own, err := embeddednats.Start(filepath.Join(t.TempDir(), "nats"), embeddednats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	conn, err := natsconn.Connect(t.Context(), own.Server, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	other, err := queue.CurrentVersions(testenv.GoBackend(t))
	if err != nil {
		t.Fatal(err)
	}
	other.Model, other.Engine = "0", "abacus"
	m := queue.Manifest{Format: queue.Format + 1, Sweep: "other", Versions: other, Lease: time.Minute}
	if _, err := queue.Create(t.Context(), conn, m, 1); err != nil {
		t.Fatal(err)
	}
	err = worker.Run(t.Context(), worker.Options{Server: own.Server, Backend: testenv.GoBackend(t), Once: true})
	var version *queue.VersionError
	if !errors.As(err, &version) || len(version.Differences) != 3 {
		t.Fatalf("the worker's error is %v, expected a *VersionError with format, model and engine", err)
	}
	for _, want := range []string{`the sweep's "abacus"`, "the format of messages", "the version of lorabook-tiny"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	m.Versions.Engine = "slide rule"
	if _, err := queue.Create(t.Context(), conn, m, 1); !errors.As(err, &version) {
		t.Errorf("a coordinator with another engine: %v", err)
	}
}

// TestOtherInputs changes the data of a worker after the sweep has begun. The worker refuses the
// sweep; with the data restored, another one finishes it.
func TestOtherInputs(t *testing.T) {
	base := toy(t)
	p := Plan{Base: base, Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}
	dir := filepath.Join(t.TempDir(), "inputs")
	o := short(t, -1)
	wait := begun(t, dir, p, o)
	w := worker.Options{Server: serverIn(t, filepath.Join(dir, ServerDir)), Backend: o.Backend}
	file := filepath.Join(base.Data.Source, "train.jsonl")
	original := read(t, file)
	toytest.ReplaceIn(t, file, `"label":"bad"`, `"label":"good"`)
	err := worker.Run(t.Context(), w)
	var refused *worker.InputsError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "train of data") {
		t.Fatalf("the error of a worker with other data is %v", err)
	}
	if err := os.WriteFile(file, original, 0o644); err != nil {
		t.Fatal(err)
	}
	work(t, w)
	r := wait()
	if n := wantAlone(t, o.Backend, dir, p, r); n != 2 {
		t.Errorf("%d trials finished, expected 2", n)
	}
	for _, x := range r.Trials {
		if len(x.Failures) > 0 {
			t.Errorf("trial %d has the failures %q of a worker with other data", x.Number, x.Failures)
		}
	}
}
