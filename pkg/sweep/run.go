package sweep

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// Names in the folder of a sweep.
const (
	ResultFile = "sweep.json"
	TrialsDir  = "trials"
	ServerDir  = "nats" // of the embedded server
)

// ErrStopped is matched by the error of Run if its context ended before the sweep. The folder, or
// the server, keeps its state; the same call continues.
var ErrStopped = errors.New("sweep stopped; its state is kept, and the same command continues")

// Run runs a sweep in the folder dir, which it creates if it does not exist, and returns its result.
// A finished sweep is not computed again. Fields, values and all experiments are checked, data and
// model are read, the examples are drawn, and the default's model is opened, before anything starts.
//
// If ctx ends, the workers of this process send their checkpoints to the server and give their
// trials back; the error matches [ErrStopped]. Called again with the same plan, in this process or
// another, Run continues without loss, also after the process was killed. Another plan in the same
// folder is a *runfolder.ChangedError. On a server the sweep continues from any folder; when it is
// finished, its streams are deleted from the server.
func Run(ctx context.Context, dir string, p Plan, o Options) (_ *Result, err error) {
	if p, err = p.withDefaults(); err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	trials, err := p.trials()
	if err != nil {
		return nil, err
	}
	e, err := engine.For(o.Backend, "options: Backend")
	if err != nil {
		return nil, err
	}
	o.Backend = e.Backend
	s := &sweeper{plan: p, options: o, trials: trials}
	root, name := filepath.Split(filepath.Clean(dir))
	if _, err := os.Stat(filepath.Join(dir, runfolder.ExperimentFile)); errors.Is(err, fs.ErrNotExist) {
		// A plan whose data or model cannot be read leaves no folder behind, which would refuse the
		// corrected plan.
		s.begin(e.String())
		if s.inputs, err = s.digests(ctx); err != nil {
			return nil, stopped(ctx, err)
		}
	}
	folder, err := runfolder.Create(root, name, p, runfolder.CurrentEnvironment(e.String()))
	if err != nil {
		var changed *runfolder.ChangedError
		if errors.As(err, &changed) {
			changed.Chosen = "the folder of the sweep"
		}
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	s.folder = folder
	if folder.Has(ResultFile) {
		result := new(Result)
		if err := folder.Read(ResultFile, result); err != nil {
			return nil, err
		}
		return result, os.RemoveAll(folder.Path(ServerDir)) // an end between the two leaves it
	}
	if s.inputs == nil {
		s.begin(e.String())
		if s.inputs, err = s.digests(ctx); err != nil {
			return nil, stopped(ctx, err)
		}
	}
	versions, err := queue.CurrentVersions(e.Backend)
	if err != nil {
		return nil, err
	}
	result, err := s.search(ctx, versions)
	if err != nil {
		return nil, stopped(ctx, err)
	}
	return result, os.RemoveAll(folder.Path(ServerDir)) // its streams have no more use
}

// Read returns the result of a finished sweep from its folder. A sweep without a result is an error
// that matches fs.ErrNotExist.
func Read(dir string) (*Result, error) {
	root, name := filepath.Split(filepath.Clean(dir))
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	if !folder.Has(ResultFile) {
		return nil, fmt.Errorf("sweep: %s has no result yet, expected a finished sweep: run it to its end: %w", dir, fs.ErrNotExist)
	}
	result := new(Result)
	return result, folder.Read(ResultFile, result)
}

// stopped replaces the error by one that matches [ErrStopped] if ctx has ended.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", ErrStopped, context.Cause(ctx))
	}
	return err
}

// begin notes what the sweep does.
func (s *sweeper) begin(engine string) {
	s.options.Progress.Note(fmt.Sprintf("sweep: %d trials with the default; engine %s", len(s.trials), engine))
	if n := len(s.trials) - 1; n < s.plan.Trials {
		s.options.Progress.Note(fmt.Sprintf("sweep: %d random points were asked for, and the fields have %d different ones besides the default", s.plan.Trials, n))
	}
}

// sweeper is a sweep in this process, its coordinator.
type sweeper struct {
	plan    Plan
	options Options
	folder  *runfolder.Folder
	trials  []planned
	inputs  []map[string]map[string]string // of each trial

	queue   *queue.Queue
	records []*queue.Record        // of each trial, as last seen
	scores  map[int]*runlist.Score // of finished trials, once they were measured
}

// digests computes the digests of data and model of each trial, and draws its examples, so that more
// of them than there are is an error before anything starts. So is a model that the default cannot train:
// every trial would fail in the same way, one after the other.
func (s *sweeper) digests(ctx context.Context) ([]map[string]map[string]string, error) {
	known, drawn := map[string]map[string]map[string]string{}, map[string]bool{}
	var list []map[string]map[string]string
	for _, t := range s.trials {
		key, err := worker.InputsKey(t.experiment)
		if err != nil {
			return nil, err
		}
		if known[key] == nil {
			if known[key], err = worker.Digests(ctx, t.experiment); err != nil {
				return nil, t.wrong(err)
			}
		}
		examples, err := t.draw(ctx, drawn)
		if err == nil && t.number == 0 {
			err = t.experiment.CheckModel(ctx, examples.Labels)
		}
		if err != nil {
			return nil, t.wrong(err)
		}
		list = append(list, known[key])
	}
	return list, nil
}

// draw draws the examples of a trial. It returns nil if those of another one with the same choice were drawn.
func (t planned) draw(ctx context.Context, drawn map[string]bool) (*splits.Examples, error) {
	e, err := t.experiment.WithDefaults()
	if err != nil {
		return nil, err
	}
	e.Data.Seed = cmp.Or(e.Data.Seed, e.Seed) // trials of several seeds can have the same examples
	choice, err := json.Marshal([]any{e.Task, e.Data})
	if err != nil || drawn[string(choice)] {
		return nil, err
	}
	drawn[string(choice)] = true
	return e.Examples(ctx)
}

// wrong names the trial of an error.
func (t planned) wrong(err error) error {
	if t.number == 0 {
		return fmt.Errorf("sweep: the default: %w", err)
	}
	return fmt.Errorf("sweep: the trial with %s: %w", settingsText(t.settings), err)
}

// id is equal for equal plans.
func (s *sweeper) id() (string, error) {
	text, err := json.Marshal(s.plan)
	if err != nil {
		return "", err
	}
	sum := digest.NewStrings()
	sum.Add(string(text))
	for _, t := range s.trials {
		sum.Add(t.key)
	}
	return strings.TrimPrefix(sum.String(), "sha256:")[:16], nil
}

// search runs all trials, gets their run folders and concludes the sweep. The server keeps it until
// the result is written.
func (s *sweeper) search(ctx context.Context, versions queue.Versions) (result *Result, err error) {
	server := s.options.Server
	workers := max(0, s.options.Workers)
	if server.URL == "" {
		own, err := embeddednats.Start(s.folder.Path(ServerDir), embeddednats.Options{MaxBytes: s.options.maxStore})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, own.Close()) }()
		server = own.Server
		if s.options.Workers == 0 {
			workers = MachineWorkers(s.trials[0].experiment)
		}
	}
	conn, err := natsconn.Connect(ctx, server, "coordinator")
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := s.publish(ctx, conn, versions); err != nil {
		return nil, err
	}
	working, cancel := context.WithCancelCause(ctx)
	group := s.startWorkers(working, cancel, server, workers)
	err = s.follow(working, conn)
	cancel(errFinished)
	group.Wait()
	if cause := context.Cause(working); err != nil && !errors.Is(cause, errFinished) {
		err = cause // the error of a worker
	}
	if errors.Is(err, natsconn.ErrGone) {
		return nil, fmt.Errorf("sweep: it is not on the NATS server any more: its storage was lost, or another process finished or deleted it; the same command puts it there again, with all trials: %w", err)
	}
	if err != nil {
		return nil, err
	}
	if result, err = s.conclude(ctx); err != nil {
		return nil, err
	}
	return result, s.queue.Delete(context.WithoutCancel(ctx))
}

// errFinished ends the workers of a finished sweep.
var errFinished = errors.New("the sweep is finished")

// startWorkers starts workers in this process. The error of one ends the sweep.
func (s *sweeper) startWorkers(ctx context.Context, cancel context.CancelCauseFunc, server natsconn.Server, n int) *sync.WaitGroup {
	group := new(sync.WaitGroup)
	id, _ := s.id() // publish has computed it
	if n == 0 {
		s.options.Progress.Note("sweep: no worker in this process: start workers with go run ./kernel worker --nats URL")
	}
	for i := range n {
		group.Go(func() {
			err := worker.Run(ctx, worker.Options{
				Server: server, Sweep: id, Name: fmt.Sprintf("%s-%d-%d", hostName(), os.Getpid(), i+1), Progress: quiet{s.options.Progress},
				Backend: s.options.Backend, CheckpointEvery: s.options.CheckpointEvery,
			})
			if err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	return group
}

func hostName() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "worker"
}

// publish puts the trials on the server, or finds them there.
func (s *sweeper) publish(ctx context.Context, conn *natsconn.Conn, versions queue.Versions) error {
	id, err := s.id()
	if err != nil {
		return err
	}
	text, err := json.Marshal(s.plan)
	if err != nil {
		return err
	}
	s.queue, err = queue.Create(ctx, conn, queue.Manifest{Format: queue.Format, Sweep: id, Plan: text, Versions: versions, Lease: s.options.Lease}, s.options.Replicas)
	if err != nil {
		return err
	}
	for i, t := range s.trials {
		r := queue.Record{Key: t.key, Number: t.number, Experiment: t.json, Inputs: s.inputs[i], State: queue.Waiting}
		if len(t.rungs) > 0 {
			r.Epochs = t.rungs[0]
		}
		held, err := s.queue.Add(ctx, r)
		if err != nil {
			return err
		}
		if list := worker.Differences(held.Inputs, s.inputs[i]); len(list) > 0 {
			return fmt.Errorf("sweep %s on the server was begun with other inputs: %s: restore them, or change the plan", id, strings.Join(list, ", "))
		}
		s.records = append(s.records, held)
		if held.State == queue.Waiting {
			// The message of a trial that an earlier process added may be missing. A second one has
			// no effect.
			if err := s.queue.Publish(ctx, queue.Task{Trial: t.key, Epochs: held.Epochs}); err != nil {
				return err
			}
		}
	}
	return nil
}

// trialDir returns the run folder of a finished trial.
func (s *sweeper) trialDir(t planned) string {
	return s.folder.Path(TrialsDir, fmt.Sprintf("%03d-%s", t.number, t.key[:8]))
}
