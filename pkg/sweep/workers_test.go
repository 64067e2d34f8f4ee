package sweep

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// A worker in another process is this test binary; an environment variable with the folder of the
// embedded server selects TestChild.
const (
	childServer = "LORABOOK_TEST_SWEEP_SERVER"
	childHolds  = "LORABOOK_TEST_SWEEP_HOLDS" // the child holds a trial after its first checkpoint
	childEvery  = "LORABOOK_TEST_SWEEP_EVERY" // the least time between two checkpoints; default: each step has one
)

// TestChild is the other process of the tests below. Without the variables it does nothing.
func TestChild(t *testing.T) {
	dir := os.Getenv(childServer)
	if dir == "" {
		return
	}
	o := worker.Options{Server: serverIn(t, dir), Backend: testenv.GoBackend(t), CheckpointEvery: time.Nanosecond}
	if every := os.Getenv(childEvery); every != "" {
		var err error
		if o.CheckpointEvery, err = time.ParseDuration(every); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv(childHolds) != "" {
		o.OnCheckpoint = func(string) {
			fmt.Println("stored")
			select {}
		}
	}
	if err := worker.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// serverIn reads the address of an embedded server.
func serverIn(t *testing.T, dir string) natsconn.Server {
	t.Helper()
	url, err := os.ReadFile(filepath.Join(dir, "url"))
	if err != nil {
		t.Fatal(err)
	}
	return natsconn.Server{URL: strings.TrimSpace(string(url)), TokenFile: filepath.Join(dir, "token")}
}

// begun starts a sweep and returns when its trials are on the server. wait returns its result.
func begun(t *testing.T, dir string, p Plan, o Options) (wait func() *Result) {
	t.Helper()
	ready := make(chan struct{}, 1)
	onStatus := o.OnStatus
	o.OnStatus = func(s Status) {
		select {
		case ready <- struct{}{}:
		default:
		}
		if onStatus != nil {
			onStatus(s)
		}
	}
	type ended struct {
		result *Result
		err    error
	}
	end := make(chan ended, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { // also after a failure: the folder is removed next
		cancel()
		<-done
	})
	go func() {
		defer close(done)
		r, err := Run(ctx, dir, p, o)
		end <- ended{r, err}
	}()
	select {
	case <-ready:
	case e := <-end:
		t.Fatalf("the sweep ended: %v", e.err)
	}
	return func() *Result {
		t.Helper()
		e := <-end
		if e.err != nil {
			t.Fatal(e.err)
		}
		return e.result
	}
}

// work starts a worker in this process until the test ends.
func work(t *testing.T, o worker.Options) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = worker.Run(ctx, o) // the end of the server can be its error
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// TestKilledWorker kills a worker process in the middle of a trial. Another worker resumes from its
// checkpoint, and all results are equal to single runs.
// It also removes the folder of the killed one.
func TestKilledWorker(t *testing.T) {
	base := toy(t)
	base.Training.Epochs = 6
	p := Plan{Base: base, Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}
	dir := filepath.Join(t.TempDir(), "killed")
	t.Setenv("TMPDIR", t.TempDir())
	o := short(t, -1)
	o.Lease = 2 * time.Second
	wait := begun(t, dir, p, o)
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), childServer+"="+filepath.Join(dir, ServerDir), childHolds+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	stored := false
	for lines := bufio.NewScanner(out); !stored && lines.Scan(); {
		stored = lines.Text() == "stored"
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if !stored {
		t.Fatal("the child stored no checkpoint")
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || len(left) != 1 || !strings.HasPrefix(filepath.Base(left[0]), "lorabook-worker-") {
		t.Fatalf("the killed worker left %q (%v), expected its folder alone", left, err)
	}
	work(t, worker.Options{Server: serverIn(t, filepath.Join(dir, ServerDir)), Backend: o.Backend})
	r := wait()
	if _, err := os.Stat(left[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the next worker did not remove what the killed one left (%v)", err)
	}
	if n := wantAlone(t, o.Backend, dir, p, r); n != 2 {
		t.Errorf("%d trials finished, expected 2", n)
	}
	abandoned, resumed := 0, 0
	for _, x := range r.Trials {
		abandoned, resumed = abandoned+x.Abandoned, resumed+x.Resumed
	}
	if abandoned == 0 || resumed == 0 {
		t.Errorf("%d attempts were abandoned and %d resumed, expected at least one each", abandoned, resumed)
	}
}

// TestWorkerGivesBack ends a worker in the middle of a trial: it gives the trial back at once, and
// another one resumes.
func TestWorkerGivesBack(t *testing.T) {
	base := toy(t)
	base.Training.Epochs = 6
	p := Plan{Base: base, Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}
	dir := filepath.Join(t.TempDir(), "back")
	o := short(t, -1)
	o.Lease = 10 * time.Minute // the test would not end if the trial came back after its lease
	wait := begun(t, dir, p, o)
	server := serverIn(t, filepath.Join(dir, ServerDir))
	ctx, cancel := context.WithCancel(t.Context())
	err := worker.Run(ctx, worker.Options{Server: server, Backend: o.Backend, CheckpointEvery: time.Nanosecond, OnCheckpoint: func(string) { cancel() }})
	if err != context.Canceled {
		t.Errorf("the worker's error is %v", err)
	}
	work(t, worker.Options{Server: server, Backend: o.Backend})
	r := wait()
	if n := wantAlone(t, o.Backend, dir, p, r); n != 2 {
		t.Errorf("%d trials finished, expected 2", n)
	}
}

// onlySweep returns the only sweep of a server.
func onlySweep(t *testing.T, server natsconn.Server) *queue.Queue {
	t.Helper()
	conn, err := natsconn.Connect(t.Context(), server, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	ids, err := queue.Sweeps(t.Context(), conn)
	if err != nil || len(ids) != 1 {
		t.Fatalf("sweeps %q, %v", ids, err)
	}
	q, _, err := queue.Open(t.Context(), conn, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestDuplicatesAndPoison puts second messages for all trials into the queue, and messages that
// cannot be read. Each trial counts once, and nobody stops.
func TestDuplicatesAndPoison(t *testing.T) {
	p := Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{1, 2}}}}
	dir := filepath.Join(t.TempDir(), "twice")
	o := short(t, -1)
	o.Lease = 10 * time.Minute
	wait := begun(t, dir, p, o)
	server := serverIn(t, filepath.Join(dir, ServerDir))
	q := onlySweep(t, server)
	records, err := q.Trials(t.Context())
	if err != nil || len(records) != 3 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	// Nobody acknowledges the first messages, as if their workers were lost.
	for range records {
		if message, err := q.Next(t.Context(), time.Minute); err != nil || message == nil {
			t.Fatalf("no message: %v", err)
		}
	}
	poison := []string{"{", `{"format":99,"trial":"x"}`, `{"format":1,"trial":"unknown"}`, `{"format":1,"trial":"` + records[0].Key + `","more":1}`}
	for _, message := range poison {
		if err := q.PublishRaw(t.Context(), []byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range records {
		for range 3 {
			if err := q.Publish(t.Context(), queue.Task{Trial: r.Key}); err != nil {
				t.Fatal(err)
			}
		}
	}
	notes := &toytest.Notes{}
	work(t, worker.Options{Server: server, Backend: o.Backend, Progress: notesOnly{notes}})
	r := wait()
	if n := wantAlone(t, o.Backend, dir, p, r); n != 3 {
		t.Errorf("%d trials finished, expected 3", n)
	}
	for _, x := range r.Trials {
		if x.Attempts != 1 || len(x.Failures) != 0 {
			t.Errorf("trial %d had %d attempts and the failures %q, expected one attempt", x.Number, x.Attempts, x.Failures)
		}
	}
	notesLock.Lock()
	defer notesLock.Unlock()
	if n := strings.Count(strings.Join(notes.Notes, "\n"), "cannot be read"); n != len(poison) {
		t.Errorf("%d notes about messages that cannot be read, expected %d: %q", n, len(poison), notes.Notes)
	}
}
