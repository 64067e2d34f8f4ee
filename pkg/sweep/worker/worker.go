// Package worker trains the trials of sweeps (package sweep) that wait on a NATS server:
//
//	err := worker.Run(ctx, worker.Options{Server: natsconn.Server{URL: "nats://10.0.0.7:4222"}})
//
// It is the work of the command `go run ./kernel worker`. Workers may start and end at any time.
// A worker that is killed leaves its trial to another one, which resumes from the last
// checkpoint; the result is the same to the bit. This package does not link nats-server.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/tempdir"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// Options of a worker do not affect the results.
type Options struct {
	Server natsconn.Server
	// Sweep is the id of the sweep to work for; default: all sweeps on the server, one after the
	// other.
	Sweep string
	// Once ends the worker when no trial waits and none is running. By default it waits for more
	// until ctx ends.
	Once bool
	Name string // in records and logs; default the host's name, the process number and a random part
	// Dir is the folder for the run folders of trials. Default: a temporary folder, which is
	// removed at the end, or, after kill -9, by the next worker.
	Dir             string
	CheckpointEvery time.Duration     // least time between two checkpoints, which are sent to the server; default 5 s
	Progress        progress.Progress // shows the trainings; default progress.Nop
	Backend         compute.Backend   // as finetune.Options.Backend
	// OnCheckpoint is called, if it is not nil, when a checkpoint of a trial is on the server. The
	// trial does not end before it returns.
	OnCheckpoint func(trial string)
}

// Worker trains the trials of the sweeps on a server.
type Worker struct {
	options  Options
	versions queue.Versions
	digests  *digests
	told     string // the sweep of the last note
	remove   func()
}

// worker is a worker at work on one sweep.
type worker struct {
	Options
	queue    *queue.Queue
	manifest queue.Manifest
	digests  *digests
}

// Run works until ctx ends, or with Options.Once until there is no work. If ctx ends, Run sends the
// checkpoint of the present trial to the server, gives the trial back and returns the cause of
// ctx's end.
func Run(ctx context.Context, o Options) error {
	w, err := New(o)
	if err != nil {
		return err
	}
	defer w.Close()
	return natsconn.Serve(ctx, w.options.Server, w.options.Name, w.options.Once, w)
}

// New returns a worker for natsconn.Serve, which can also do other kinds of work. Its name is
// [Worker.Name]. Close it at the end.
func New(o Options) (*Worker, error) {
	o, remove, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Worker{options: o, digests: &digests{}, remove: remove}
	e, err := engine.For(o.Backend, "options: Backend")
	if err == nil {
		w.options.Backend = e.Backend
		w.versions, err = queue.CurrentVersions(e.Backend)
	}
	if err != nil {
		remove()
		return nil, err
	}
	return w, nil
}

// Name returns Options.Name, or its default.
func (w *Worker) Name() string { return w.options.Name }

// Close removes the worker's temporary folder.
func (w *Worker) Close() { w.remove() }

// Pass trains the trials that wait, of one sweep after the other. It implements natsconn.Work. If ctx
// ends, it gives the present trial back, as [Run].
func (w *Worker) Pass(ctx context.Context, conn *natsconn.Conn) (busy bool, err error) {
	ids := []string{w.options.Sweep}
	if w.options.Sweep == "" {
		if ids, err = queue.Sweeps(ctx, conn); err != nil {
			return false, err
		}
	}
	for _, id := range ids {
		q, manifest, err := queue.Open(ctx, conn, id)
		if errors.Is(err, natsconn.ErrGone) {
			continue // it ended meanwhile
		}
		if err != nil {
			return false, err
		}
		one := &worker{Options: w.options, queue: q, manifest: manifest, digests: w.digests}
		if err := manifest.Check(w.versions); err != nil {
			return false, one.refuse(ctx, err)
		}
		if w.told != id {
			w.told = id
			w.options.Progress.Note(fmt.Sprintf("worker %s: sweep %s", w.options.Name, id))
		}
		worked, err := one.work(ctx)
		if err != nil {
			return false, err
		}
		busy = busy || worked
	}
	return busy, nil
}

func (o Options) withDefaults() (_ Options, remove func(), err error) {
	if o.Progress == nil {
		o.Progress = progress.Nop
	}
	if o.CheckpointEvery < 0 {
		return o, nil, fmt.Errorf("worker: CheckpointEvery is %v, expected more than 0, or 0 for 5 s", o.CheckpointEvery)
	}
	if o.Name == "" {
		o.Name = natsconn.WorkerName()
	}
	remove = func() {}
	if o.Dir == "" {
		folder, err := tempdir.Make("lorabook-worker-")
		if err != nil {
			return o, nil, err
		}
		o.Dir, remove = folder.Path, func() { _ = folder.Remove() }
	}
	o.Dir = filepath.Clean(o.Dir)
	return o, remove, nil
}

// refuse tells the coordinator why this worker does not work for the sweep.
func (w *worker) refuse(ctx context.Context, err error) error {
	w.queue.Beat(ctx, queue.Heartbeat{Worker: w.Name, Error: err.Error()})
	return err
}

// work trains the trials of the sweep until none waits for a while. worked reports whether there
// was one, or whether another worker is training one.
func (w *worker) work(ctx context.Context) (worked bool, err error) {
	for {
		message, err := w.queue.Next(ctx, time.Second)
		if errors.Is(err, natsconn.ErrGone) {
			return worked, nil
		}
		if err != nil {
			return worked, err
		}
		if message == nil {
			if w.Once && !worked {
				// A trial of a worker that was killed is in no queue until its lease ends.
				return w.anyRunning(ctx)
			}
			return worked, nil
		}
		worked = true
		if err := w.handle(ctx, message); err != nil {
			if errors.Is(err, natsconn.ErrGone) {
				return worked, nil
			}
			if ctx.Err() != nil {
				return worked, err // not a problem of this worker
			}
			return worked, w.refuse(ctx, err)
		}
	}
}

// anyRunning reports whether a trial waits or is in work.
func (w *worker) anyRunning(ctx context.Context) (bool, error) {
	records, err := w.queue.Trials(ctx)
	if errors.Is(err, natsconn.ErrGone) {
		return false, nil
	}
	for _, r := range records {
		if r.State == queue.Running || r.State == queue.Waiting {
			return true, err
		}
	}
	return false, err
}

// lease is the time after which a trial without a sign is delivered again.
func (w *worker) lease() time.Duration { return cmp.Or(w.manifest.Lease, 30*time.Second) }
