package sweep

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// wantUnharmed finishes a sweep whose first worker gave its trial back: no trial has a failure.
func wantUnharmed(t *testing.T, server natsconn.Server, wait func() *Result) {
	t.Helper()
	work(t, worker.Options{Server: server, Backend: testenv.GoBackend(t)})
	r := wait()
	if ofState(r, queue.Done) != len(r.Trials) {
		t.Errorf("%d of %d trials are done", ofState(r, queue.Done), len(r.Trials))
	}
	for _, x := range r.Trials {
		if len(x.Failures) > 0 {
			t.Errorf("trial %d: the error of a worker is a failure of the trial: %q", x.Number, x.Failures)
		}
	}
}

// TestMachineThatCannotTrain has a worker that may not write to its folder. It ends, and no trial is
// parked for it.
func TestMachineThatCannotTrain(t *testing.T) {
	forbidden := "/sys/lorabook" // where not even root makes folders
	if err := os.Mkdir(forbidden, 0o755); !errors.Is(err, os.ErrPermission) {
		t.Skipf("no folder that cannot be written: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "sweep")
	wait := begun(t, dir, Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{2, 4}}}}, short(t, -1))
	server := serverIn(t, filepath.Join(dir, ServerDir))
	err := worker.Run(t.Context(), worker.Options{Server: server, Backend: testenv.GoBackend(t), Dir: forbidden})
	var machine *worker.MachineError
	if !errors.As(err, &machine) || !strings.Contains(err.Error(), "name another folder (--dir, TMPDIR)") {
		t.Errorf("the worker's error is %v, expected a *MachineError", err)
	}
	wantUnharmed(t, server, wait)
}

// TestWorkerWithOtherSettings has an experiment with a field that the worker's version does not know.
func TestWorkerWithOtherSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sweep")
	wait := begun(t, dir, Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}, short(t, -1))
	server := serverIn(t, filepath.Join(dir, ServerDir))
	q := onlySweep(t, server)
	replace := func(from, to string) {
		t.Helper()
		records, err := q.Trials(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if _, err := q.Change(t.Context(), r.Key, func(r *queue.Record) bool {
				r.Experiment = bytes.Replace(r.Experiment, []byte(from), []byte(to), 1)
				return true
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	replace(`{`, `{"setting_of_the_future":1,`)
	err := worker.Run(t.Context(), worker.Options{Server: server, Backend: testenv.GoBackend(t)})
	var program *worker.ProgramError
	if !errors.As(err, &program) || !strings.Contains(err.Error(), "setting_of_the_future") {
		t.Errorf("the worker's error is %v, expected a *ProgramError", err)
	}
	replace(`{"setting_of_the_future":1,`, `{`)
	wantUnharmed(t, server, wait)
}

// TestLostStorage deletes a sweep from its server. The error says what happened.
func TestLostStorage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sweep")
	ready, once := make(chan struct{}), sync.Once{}
	o := short(t, -1)
	o.Lease = time.Second
	o.OnStatus = func(Status) { once.Do(func() { close(ready) }) }
	ended := make(chan error)
	go func() {
		_, err := Run(t.Context(), dir, Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}, o)
		ended <- err
	}()
	<-ready
	q := onlySweep(t, serverIn(t, filepath.Join(dir, ServerDir)))
	if err := q.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, natsconn.ErrGone) || !strings.Contains(err.Error(), "the same command puts it there again") {
		t.Errorf("%v, expected that the sweep is not on the server any more", err)
	}
}
