package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// stepCounter is the last step of a training, for heartbeats.
type stepCounter struct{ atomic.Int64 }

// errRung is the cause of the end of a training at its rung.
var errRung = errors.New("the training has reached its rung")

// train trains the trial from its last checkpoint to its rung or its end.
func (a *attempt) train(ctx context.Context) (outcome, error) {
	e, err := a.experiment()
	if err != nil {
		return outcome{}, err
	}
	if err := a.digests.check(ctx, a.manifest.Sweep, e, a.record.Inputs); err != nil {
		return outcome{}, stopped(ctx, err)
	}
	dir := filepath.Join(a.Dir, a.manifest.Sweep, a.Name, a.record.Key)
	if err := a.restore(ctx, dir); err != nil {
		return outcome{}, stopped(ctx, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	training, pause := context.WithCancelCause(ctx)
	defer pause(nil)
	rung := rungOf(a.record.Epochs, e.Training.MetricForBestModel)
	run, err := finetune.Open(dir, e, finetune.Options{
		Progress: a.Progress, Backend: a.Backend, CheckpointEvery: cmp.Or(a.CheckpointEvery, 5*time.Second),
		OnHistory: func(line runfolder.HistoryLine) {
			a.step.Store(int64(line.Step))
			if rung.add(line) {
				pause(errRung)
			}
		},
	})
	if err != nil {
		return outcome{}, err
	}
	defer run.Close()
	from := "from the start"
	if a.resumed {
		from = "from its checkpoint"
	}
	a.Progress.Note(fmt.Sprintf("trial %d, attempt %d: trains %s", a.record.Number, a.record.Attempts, from))
	end := a.storeCheckpoints(training, dir)
	trained, err := run.Train(training)
	if storeErr := end(); err == nil {
		err = storeErr
	}
	switch {
	case err == nil:
		return a.finish(ctx, run, trained, rung)
	case errors.Is(err, finetune.ErrDiverged):
		return outcome{result: &queue.Result{Diverged: err.Error(), Seconds: rung.Seconds}}, nil
	case errors.Is(err, finetune.ErrStopped) && errors.Is(context.Cause(training), errRung):
		if err := a.store(context.WithoutCancel(ctx), dir); err != nil {
			return outcome{}, err
		}
		return outcome{rung: &rung.Rung}, nil
	case ctx.Err() != nil:
		storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		if err := a.store(storing, dir); err != nil {
			return outcome{}, err
		}
		return outcome{}, errStopped
	}
	return outcome{}, err
}

// stopped replaces an error by errStopped if ctx has ended.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errStopped
	}
	return err
}

// restore makes the run folder from the trial's checkpoint, if there is one. The last attempt of
// a trial that failed starts without it.
func (a *attempt) restore(ctx context.Context, dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if len(a.record.Failures) == queue.MostFailures-1 && len(a.record.Rungs) == 0 {
		return nil
	}
	err := a.queue.GetFolder(ctx, queue.CheckpointObject(a.record.Key), dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	a.resumed = err == nil
	return err
}

// store sends the run folder to the server. A folder without a checkpoint is not worth it.
func (a *attempt) store(ctx context.Context, dir string) error {
	if _, err := os.Stat(checkpointFile(dir)); err != nil {
		return nil
	}
	if err := a.queue.PutFolder(ctx, queue.CheckpointObject(a.record.Key), dir); err != nil {
		return err
	}
	if a.OnCheckpoint != nil {
		a.OnCheckpoint(a.record.Key)
	}
	return nil
}

func checkpointFile(dir string) string {
	return filepath.Join(dir, runfolder.CheckpointsDir, trainer.CheckpointFile)
}

// storeCheckpoints sends each new checkpoint to the server while the training runs. The returned
// function ends this, and returns the first error.
func (a *attempt) storeCheckpoints(ctx context.Context, dir string) (end func() error) {
	every := min(time.Second, cmp.Or(a.CheckpointEvery, time.Second))
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var first error
	var group sync.WaitGroup
	group.Go(func() {
		var last fs.FileInfo
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(max(every, 10*time.Millisecond)):
			}
			now, err := os.Stat(checkpointFile(dir))
			if err != nil || last != nil && os.SameFile(last, now) && now.ModTime().Equal(last.ModTime()) {
				continue
			}
			last = now
			if err := a.store(ctx, dir); err != nil && ctx.Err() == nil {
				// Without room for checkpoints a training would start again after each end of a worker.
				if first = err; errors.Is(err, natsconn.ErrFull) || errors.Is(err, natsconn.ErrGone) {
					return
				}
				first = nil
				a.Progress.Note(fmt.Sprintf("worker %s: trial %d: a checkpoint was not stored: %v", a.Name, a.record.Number, err))
			}
		}
	})
	return func() error {
		cancel()
		group.Wait()
		return first
	}
}

// finish predicts the validation examples and sends the run folder to the server.
func (a *attempt) finish(ctx context.Context, run *finetune.Run, trained *finetune.Trained, rung *rung) (outcome, error) {
	predictions, err := run.PredictValidation(ctx)
	if err != nil {
		return outcome{}, stopped(ctx, err)
	}
	unlock, err := run.Folder.Lock(ctx, runfolder.TrainingFile, nil)
	if err != nil {
		return outcome{}, stopped(ctx, err)
	}
	if err := errors.Join(evaluation.WritePredictions(run.Folder, runfolder.ValidationPredictionsFile, predictions), unlock()); err != nil {
		return outcome{}, err
	}
	var examples splits.Record
	if err := run.Folder.Read(runfolder.SplitsFile, &examples); err != nil {
		return outcome{}, err
	}
	result := &queue.Result{
		Steps: trained.Steps, BestStep: trained.BestStep, Loss: trained.BestLoss, Accuracy: trained.BestAccuracy, Metrics: trained.BestMetrics,
		Validation: examples.Validation.Digest, Seconds: trained.Seconds,
	}
	if result.Weights, err = weights(run.Folder.Dir()); err != nil {
		return outcome{}, err
	}
	if err := a.queue.PutFolder(ctx, queue.ResultObject(a.record.Key), run.Folder.Dir()); err != nil {
		return outcome{}, stopped(ctx, err)
	}
	return outcome{result: result}, nil
}

// weights returns the digests of the trained weights in a run folder.
func weights(dir string) (map[string]string, error) {
	sums := map[string]string{}
	for _, part := range []string{runfolder.AdapterDir, runfolder.HeadDir, runfolder.ModelDir} {
		for _, file := range folder.Match(filepath.Join(dir, part), "*.safetensors") {
			var err error
			if sums[part+"/"+filepath.Base(file)], err = digest.File(file); err != nil {
				return nil, err
			}
		}
	}
	return sums, nil
}

// beat tells the server and the coordinator several times in a lease that the attempt is alive.
func (a *attempt) beat(ctx context.Context) (stop func()) {
	return natsretry.Hold(ctx, a.message, a.lease(), func(ctx context.Context) {
		a.queue.Beat(ctx, queue.Heartbeat{Worker: a.Name, Trial: a.record.Key, Step: int(a.step.Load())})
	})
}

// rung collects the best evaluation of the first epochs of a training, and its time.
type rung struct {
	queue.Rung
	by    objective.BestBy
	found bool
	ended bool
}

func rungOf(epochs int, by objective.BestBy) *rung {
	return &rung{Rung: queue.Rung{Epochs: epochs}, by: by}
}

// add adds a line of the history. It returns true when the epochs are over.
func (r *rung) add(line runfolder.HistoryLine) (over bool) {
	r.Seconds = line.Elapsed
	if line.Kind != runfolder.EvalLine || r.Epochs == 0 || r.ended {
		return r.ended
	}
	const tolerance = 1e-9 // of a quotient
	if line.Epoch > float64(r.Epochs)+tolerance {
		r.ended = true
		return true
	}
	now := trainer.Result{Loss: line.Loss, Accuracy: line.Accuracy, Metrics: line.Metrics}
	if !r.found || r.by.Better(now, trainer.Result{Loss: r.Loss, Accuracy: r.Accuracy, Metrics: r.Metrics}) {
		r.found = true
		r.Loss, r.Accuracy, r.Metrics = line.Loss, line.Accuracy, line.Metrics
	}
	r.ended = line.Epoch >= float64(r.Epochs)-tolerance
	return r.ended
}
