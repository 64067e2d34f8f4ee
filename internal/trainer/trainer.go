package trainer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/devices"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/heap"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tensorboard"
)

// ErrStopped is matched by the error of a training whose context ended first.
var ErrStopped = errors.New("training stopped; its state is kept, and the same command, or call, resumes from there")

// Config contains the parameters of a training.
type Config struct {
	Name      string // name of the work in the progress bar and errors: "training"
	Backend   compute.Backend
	Devices   *devices.Mesh // the rows of each batch are divided among them; nil means one device
	Store     *model.Store  // its trainable variables are trained
	Objective Objective
	Optimizer Optimizer
	Batches   Batches
	Evaluate  Evaluation

	// Position is the current position, initially the result of ReadPosition. State is the JSON
	// value in checkpoints, a pointer to a struct that embeds the Position.
	Position *Position
	State    any

	Folder   *runfolder.Folder // for the history and the checkpoint
	Progress progress.Progress
	// CheckpointEvery is the least time between two checkpoints. Default 5 s, and more where the
	// writing of a checkpoint takes long.
	CheckpointEvery time.Duration
	EventFile       bool                        // also writes the history as TensorBoard's events
	OnHistory       func(runfolder.HistoryLine) // called with each line of the history, first with the existing ones; may be nil
}

// Batches makes the batches of a training. They depend only on the step, so that a resumed
// training uses the same ones.
type Batches interface {
	Steps() int                   // number of updates of the whole training
	At(step int) ([]Batch, error) // the batches of an update; steps are counted from 0
	Epoch(steps int) float64      // number of passes over the training examples in the given number of steps
}

// Evaluation evaluates the model on examples that it is not trained on.
type Evaluation struct {
	Due     func(step int) bool                       // whether an evaluation follows step 1, 2, ...; one always follows the last
	Measure func(ctx context.Context) (Result, error) // evaluates the current model
	Keep    func(Result) (stop bool, err error)       // saves the state if it is the best, and decides about early stopping; may be nil
}

// Result is the outcome of an evaluation.
type Result struct {
	Loss     float64 // mean, nats
	Accuracy float64 // 0 to 1
	// Metrics are further numbers by their names in the history, such as "micro_f1"; may be nil.
	Metrics map[string]float64
	Note    string // for people, shown after the step's number
}

// A checkpoint every five seconds limits the lost work of a killed process: GoNB without our
// correction kills a cell five seconds after its interrupt, and a step can take longer. A checkpoint
// that takes long to write, such as one with all weights of a model, is written less often: the
// training between two checkpoints takes at least checkpointShare times as long as the writing.
const (
	checkpointEvery = 5 * time.Second
	checkpointShare = 20
)

// historyLines is the approximate number of training lines in a history.
const historyLines = 400

// Trainer runs a training from the start or from a checkpoint.
type Trainer struct {
	Config
	updater *Updater
	history *runfolder.History
	events  *tensorboard.Log // nil without Config.EventFile
	steps   int
	saved   time.Time
	every   time.Duration // between checkpoints
}

// New prepares a training. If the position is not the start, New loads the folder's checkpoint and
// truncates the history to it. Close the Trainer when done.
func New(c Config) (_ *Trainer, err error) {
	t := &Trainer{Config: c, steps: c.Batches.Steps(), saved: time.Now(), every: cmp.Or(c.CheckpointEvery, checkpointEvery)}
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
		t.Position.Due = true // an earlier version wrote its checkpoint before the last evaluation
	}
	if t.history, err = t.Folder.OpenHistory(); err != nil {
		return nil, err
	}
	if err := t.history.Rewind(t.Position.Step, t.Position.Due); err != nil {
		return nil, err
	}
	t.checkHistory()
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
	t.updater, err = NewUpdater(t.Backend, t.Store, t.Objective, t.Optimizer, t.Devices)
	return t, err
}

// Close frees the compiled programs and the optimizer's variables, and closes the history. It does
// not free the trained variables.
func (t *Trainer) Close() {
	if t.updater != nil {
		t.updater.Close()
		for _, scope := range []string{adamScope, sumScope} {
			_ = t.Store.DeleteVariablesInScope(scope) // it cannot fail: the store has no loader
		}
	}
	if t.history != nil {
		_ = t.history.Close()
	}
	if t.events != nil {
		_ = t.events.Close()
	}
}

// Run executes the remaining steps and evaluations, and writes the last checkpoint. If ctx ends,
// it finishes the step, writes a checkpoint and returns an error that matches ErrStopped and
// ctx's.
func (t *Trainer) Run(ctx context.Context) error {
	if engine.InGo(t.Backend) {
		defer heap.Frugal()() // each step leaves its intermediate values as garbage
	}
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
	return fmt.Errorf("at step %d of %d: %w (%w)", t.Position.Step, t.steps, ErrStopped, ctx.Err())
}

// step executes one update and counts it.
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
	if err := t.checkUpdate(loss, update.Norm); err != nil {
		return err
	}
	t.Position.add(update, int(t.Batches.Epoch(t.Position.Step)), seconds)
	bar.Update(progress.Status{Done: t.Position.Step, Loss: loss, TokensPerSecond: float64(update.Tokens) / seconds})
	return t.writeStep(update)
}

// add counts a step of an epoch. Epochs are counted from 0.
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

// evaluate evaluates the model and saves its state if it is the best so far. An evaluation that
// ctx interrupts stays due and is repeated.
func (t *Trainer) evaluate(ctx context.Context) error {
	began := time.Now()
	result, err := t.Evaluate.Measure(ctx)
	if ctx.Err() == nil {
		err = t.checkEvaluation(result, err)
	}
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
	return t.write(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: result.Loss, Accuracy: result.Accuracy, Metrics: result.Metrics})
}

// save writes the history, then the checkpoint.
func (t *Trainer) save() error {
	if t.Position.Step == 0 {
		return nil
	}
	if err := t.history.Sync(); err != nil {
		return err
	}
	t.Position.PeakBytes = max(t.Position.PeakBytes, runfolder.PeakBytes())
	began := time.Now()
	if err := t.checkSaved(); err != nil {
		return err
	}
	if err := saveCheckpoint(t.Folder, t.Store, t.State); err != nil {
		return err
	}
	t.saved = time.Now()
	if t.CheckpointEvery == 0 {
		t.every = max(checkpointEvery, checkpointShare*t.saved.Sub(began))
	}
	return nil
}
