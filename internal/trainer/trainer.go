package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tensorboard"
)

// ErrStopped is matched by the error of a training whose context ended first.
var ErrStopped = errors.New("training stopped; its state is kept, and the same command resumes from there")

// ErrDiverged is matched by the error of a training whose loss is no longer a number.
var ErrDiverged = errors.New("training diverged")

// Config are the parameters of a training.
type Config struct {
	Name      string // of the work, for the progress bar and errors: "training"
	Backend   compute.Backend
	Store     *model.Store // its trainable variables are trained
	Objective Objective
	Optimizer Optimizer
	Batches   Batches
	Evaluate  Evaluation

	// Position is where the training stands: as ReadPosition left it, and updated as
	// training goes on. State is the JSON value that checkpoints hold, a pointer to a struct
	// that embeds the Position.
	Position *Position
	State    any

	Folder    *runfolder.Folder // holds the history and the checkpoint
	Progress  progress.Progress
	EventFile bool                        // also writes the history as TensorBoard's events
	OnHistory func(runfolder.HistoryLine) // gets each line of the history, those of earlier processes first; nil: nobody does
}

// Batches gives the batches of a training. They depend on the step alone, so that a resumed
// training sees the same ones.
type Batches interface {
	Steps() int                   // updates of the whole training
	At(step int) ([]Batch, error) // the batches whose gradients make an update; steps count from 0
	Epoch(steps int) float64      // passes over the training examples that the first steps make
}

// Evaluation measures the model on examples that it is not trained on.
type Evaluation struct {
	Due     func(step int) bool                       // whether an evaluation follows step 1, 2, ...; one always follows the last
	Measure func(ctx context.Context) (Result, error) // measures the model as it is
	Keep    func(Result) (stop bool, err error)       // keeps the state if it is the best, and decides about early stopping; nil does neither
}

// Result is the outcome of an evaluation.
type Result struct {
	Loss     float64 // mean, nats
	Accuracy float64 // share of right answers, 0 to 1
	Note     string  // for people, behind the step's number
}

// A checkpoint every five seconds bounds the work that a killed process loses: GoNB kills a
// cell five seconds after its interrupt, which a step may outlast. A checkpoint that takes
// long to write, as one of every weight of a model, is written less often: training lasts
// checkpointShare times as long as the writing took.
const (
	checkpointEvery = 5 * time.Second
	checkpointShare = 20
)

// historyLines is about how many lines a whole training writes.
const historyLines = 400

// Trainer runs a training from its beginning or from a checkpoint.
type Trainer struct {
	Config
	updater *Updater
	history *runfolder.History
	events  *tensorboard.Log // nil without Config.EventFile
	steps   int
	saved   time.Time
	every   time.Duration // between checkpoints
}

// New prepares a training. Where the position says that steps were done, it loads the
// folder's checkpoint and cuts the history back to it. Close it when done.
func New(c Config) (_ *Trainer, err error) {
	t := &Trainer{Config: c, steps: c.Batches.Steps(), saved: time.Now(), every: checkpointEvery}
	defer func() {
		if err != nil {
			t.Close()
		}
	}()
	t.Position.Steps = t.steps
	if t.Position.Step > 0 {
		if err := loadCheckpoint(t.Folder, t.Store); err != nil {
			return nil, err
		}
	}
	if t.Position.Step == t.steps && !t.Position.Done {
		t.Position.Due = true // of a checkpoint of an earlier version, which the last evaluation followed
	}
	if t.history, err = t.Folder.OpenHistory(); err != nil {
		return nil, err
	}
	if err := t.history.Rewind(t.Position.Step, t.Position.Due); err != nil {
		return nil, err
	}
	if t.EventFile {
		if t.events, err = tensorboard.Begin(t.Folder, t.history.Lines()); err != nil {
			return nil, err
		}
	}
	if err := t.Folder.Replay(t.OnHistory); err != nil {
		return nil, err
	}
	if err := engine.Upload(t.Backend, t.Store); err != nil {
		return nil, err
	}
	t.updater, err = NewUpdater(t.Backend, t.Store, t.Objective, t.Optimizer)
	return t, err
}

// Close frees what the engine compiled and the optimizer's variables, and closes the history.
// The trained variables stay.
func (t *Trainer) Close() {
	if t.updater != nil {
		t.updater.Close()
		for _, scope := range []string{adamScope, sumScope} {
			_ = t.Store.DeleteVariablesInScope(scope) // it has no error to give: the store has no loader
		}
	}
	if t.history != nil {
		_ = t.history.Close()
	}
	if t.events != nil {
		_ = t.events.Close()
	}
}

// Run takes the steps that are left, with the evaluations between them, and writes the last
// checkpoint. Where ctx ends, it finishes the step, writes a checkpoint and returns an error
// that matches ErrStopped and ctx's.
func (t *Trainer) Run(ctx context.Context) error {
	bar := t.Progress.Begin(t.Name, t.steps, t.Position.Step)
	defer bar.End()
	for !t.Position.Done {
		if ctx.Err() != nil {
			return t.stop(ctx)
		}
		if t.Position.Due {
			if err := t.evaluate(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			continue
		}
		if err := t.step(bar); err != nil {
			return fmt.Errorf("%s step %d: %w", t.Name, t.Position.Step+1, err)
		}
		t.Position.Due = t.Position.Step == t.steps || t.Evaluate.Due(t.Position.Step)
		if time.Since(t.saved) > t.every {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
	return t.save()
}

// stop saves the state and returns the error of a stopped training.
func (t *Trainer) stop(ctx context.Context) error {
	if err := t.save(); err != nil {
		return err
	}
	return fmt.Errorf("at step %d of %d: %w", t.Position.Step, t.steps, errors.Join(ErrStopped, ctx.Err()))
}

// step makes one update and counts it.
func (t *Trainer) step(bar progress.Task) error {
	began := time.Now()
	batches, err := t.Batches.At(t.Position.Step)
	if err != nil {
		return err
	}
	update, err := t.updater.Step(batches, t.Optimizer.Rate(t.Position.Step+1, t.steps))
	if err != nil {
		return err
	}
	loss, seconds := update.Loss/update.Count, time.Since(began).Seconds()
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("%w: the loss is %v: try a lower learning_rate than %g", ErrDiverged, loss, t.Optimizer.LearningRate)
	}
	t.Position.add(update, int(t.Batches.Epoch(t.Position.Step)), seconds)
	bar.Update(progress.Status{Done: t.Position.Step, Loss: loss, TokensPerSecond: float64(update.Tokens) / seconds})
	return t.writeStep(update)
}

// add counts a step of an epoch, numbered from 0.
func (p *Position) add(update Update, epoch int, seconds float64) {
	for len(p.EpochSeconds) <= epoch { // checkpoints of earlier versions lack them
		p.EpochSeconds = append(p.EpochSeconds, 0)
	}
	p.EpochSeconds[epoch] += seconds
	p.Step++
	p.Seconds += seconds
	p.Tokens += update.Tokens
	p.LineLoss += update.Loss
	p.LineCount += update.Count
	p.LineTokens += update.Tokens
	p.LineSeconds += seconds
}

// evaluate measures the model and keeps its state if it is the best so far. An evaluation
// that ctx interrupts stays due and is made again.
func (t *Trainer) evaluate(ctx context.Context) error {
	began := time.Now()
	result, err := t.Evaluate.Measure(ctx)
	if err != nil {
		return err
	}
	p := t.Position
	p.Seconds += time.Since(began).Seconds()
	stop := false
	if t.Evaluate.Keep != nil {
		if stop, err = t.Evaluate.Keep(result); err != nil {
			return err
		}
	}
	p.Due, p.Done = false, p.Step == t.steps || stop
	t.Progress.Note(fmt.Sprintf("step %d of %d: %s", p.Step, t.steps, result.Note))
	return t.write(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: result.Loss, Accuracy: result.Accuracy})
}

// save writes the checkpoint, the history before it.
func (t *Trainer) save() error {
	if t.Position.Step == 0 {
		return nil
	}
	if err := t.history.Sync(); err != nil {
		return err
	}
	t.Position.PeakBytes = max(t.Position.PeakBytes, runfolder.PeakBytes())
	began := time.Now()
	if err := saveCheckpoint(t.Folder, t.Store, t.State); err != nil {
		return err
	}
	t.saved = time.Now()
	t.every = max(checkpointEvery, checkpointShare*t.saved.Sub(began))
	return nil
}
