package finetune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Trained is what training came to.
type Trained struct {
	Steps          int     `json:"steps"`          // updates done
	Planned        int     `json:"planned"`        // updates without early stopping
	BestStep       int     `json:"best_step"`      // what is kept is of this step
	BestLoss       float64 `json:"best_loss"`      // its mean cross-entropy on the validation examples, nats
	BestAccuracy   float64 `json:"best_accuracy"`  // its accuracy on them
	Seconds        float64 `json:"seconds"`        // of training and validation, over all processes
	Tokens         int     `json:"tokens"`         // trained on, padding not counted
	Trainable      int     `json:"trainable"`      // parameters that learned
	AllParameters  int     `json:"all_parameters"` // as PEFT counts; without an adapter, the model's
	StoppedByTrend bool    `json:"stopped_early"`  // Training.Patience ended it

	Labels       []string  `json:"labels,omitempty"`        // names of the classes, in the order of the logits
	EpochSeconds []float64 `json:"epoch_seconds,omitempty"` // of the steps of each epoch, without validation; the first compiles
	PeakBytes    int64     `json:"peak_bytes,omitempty"`    // the most memory that a process which trained ever had resident (Linux's VmHWM), kept hidden states that it read included; 0 where the system does not tell

	Prefix *Prefix `json:"prefix,omitempty"` // what Training.PrefixCache kept; nil without it

	// Files holds the SHA-256 of each file that training kept and that has no checksum of its
	// own (those of the adapter, the small ones of model/), by its path in the run folder. Open
	// and Merge refuse the run where one has changed. None for trainings of earlier versions.
	Files map[string]string `json:"files,omitempty"`
}

// ErrStopped is what Train's error matches when its context ended before training
// did. All that was reached is in the run folder; the same call goes on from there.
var ErrStopped = errors.New("training stopped; what was reached is kept, and the same command goes on from there")

// checkpointEvery bounds the work that a killed process loses. GoNB kills a cell five
// seconds after its interrupt, which a step may outlast; an adapter's checkpoint is
// small. One that takes long to write, as with Full, is written less often: work lasts
// checkpointShare times as long as the writing did.
const (
	checkpointEvery = 5 * time.Second
	checkpointShare = 20
)

// historyLines is about how many lines a whole training writes.
const historyLines = 400

// Train trains what the experiment's method says and keeps the state that
// Training.MetricForBestModel prefers, by default that with the lowest validation loss,
// in the run folder: of LoRA in adapter/, in PEFT's format, of HeadOnly
// in head/, of Full in model/, in the hub's layout.
//
// When ctx ends, Train finishes the step it is in, writes a checkpoint and returns
// an error that matches ErrStopped. Called again, in this process or another, it
// goes on from the last checkpoint to the very result that an unbroken run gives:
// weights, moments of the optimizer, random state and place in the data are all
// restored. A finished training is not done again.
//
// With Training.PrefixCache the hidden states that stay the same come first, where no run
// has left them; stopped there, it goes on behind those that it has. A *PrefixSizeError
// says that they take too much room.
//
// Where the adapter's start is computed from the model or the reviews (PiSSA, OLoRA,
// EVA), that is done once: the folder's checkpoints/ keeps it, and whoever opens the
// model again has the same matrices and the same weights beside them, to the bit. EVA's
// is made from the first 16 training batches of the first epoch, or all if it has fewer.
func (r *Run) Train(ctx context.Context) (*Trained, error) {
	done, err := r.train(ctx)
	return tried(r, done, err)
}

func (r *Run) train(ctx context.Context) (*Trained, error) {
	var at position
	if err := readPosition(r.Folder, &at); err != nil {
		return nil, err
	}
	if at.Done && r.Folder.Has(runfolder.TrainingFile) {
		var done Trained
		if err := r.Folder.Replay(r.options.OnHistory); err != nil {
			return nil, err
		}
		return &done, r.Folder.Read(runfolder.TrainingFile, &done)
	}
	t, err := r.newTrainingRun(ctx, at)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.loop(ctx); err != nil {
		return nil, err
	}
	counted, all, err := t.network.learned.counts()
	if err != nil {
		return nil, err
	}
	if err := inputs.VerifyFiles(r.Folder, t.at.Files); err != nil {
		return nil, err
	}
	if err := t.network.learned.finish(); err != nil {
		return nil, err
	}
	files, err := inputs.FileDigests(r.Folder.Dir(), t.network.learned.unsealed())
	if err != nil {
		return nil, err
	}
	done := &Trained{
		Steps: t.at.Step, Planned: t.steps, BestStep: t.at.BestStep, BestLoss: t.at.BestLoss, BestAccuracy: t.at.BestAccuracy,
		Seconds: t.at.Seconds, Tokens: t.at.Tokens, Trainable: counted, AllParameters: all,
		StoppedByTrend: t.at.Step < t.steps, Labels: t.network.Config.Labels,
		EpochSeconds: t.at.EpochSeconds, PeakBytes: max(t.at.PeakBytes, runfolder.PeakBytes()), Prefix: t.prefix.used(),
		Files: files,
	}
	return done, r.Folder.Write(runfolder.TrainingFile, done)
}

// trainingRun is one stretch of training, from a checkpoint or from the start.
type trainingRun struct {
	run       *Run
	network   *network
	prefix    *prefixStates // nil without Training.PrefixCache
	predictor *Predictor
	engine    *trainer.Updater
	batcher   *batching.Batcher
	held      []data.Review
	history   *runfolder.History

	examples  int // training examples
	perEpoch  int // steps of an epoch
	steps     int // of the whole training
	lineEvery int // steps of one line of the history

	at    position
	saved time.Time
	every time.Duration // between checkpoints
}

func (r *Run) newTrainingRun(ctx context.Context, at position) (_ *trainingRun, err error) {
	reviews, err := r.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	r.warn(reviews.Warnings)
	t := &trainingRun{run: r, at: at, held: reviews.Validation, examples: len(reviews.Train), saved: time.Now(), every: checkpointEvery}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.network, err = r.open(ctx, true); err != nil {
		return nil, err
	}
	e := r.Experiment
	if t.batcher, err = r.trainingBatches(t.network, reviews); err != nil {
		return nil, err
	}
	t.perEpoch = (t.batcher.Epoch(0).Len() + e.Training.Accumulate - 1) / e.Training.Accumulate
	t.steps = t.perEpoch * e.Training.Epochs
	t.lineEvery = max(1, t.steps/historyLines)
	if at.Step > 0 {
		if err := loadCheckpoint(r.Folder, t.network.Store); err != nil {
			return nil, err
		}
	}
	if t.history, err = r.Folder.OpenHistory(); err != nil {
		return nil, err
	}
	if err := t.history.Rewind(at.Step, at.Due); err != nil {
		return nil, err
	}
	if err := r.Folder.Replay(r.options.OnHistory); err != nil {
		return nil, err
	}
	logits := wholeNetwork(t.network.encoder)
	if e.Training.PrefixCache != "" {
		if t.prefix, err = r.openPrefix(ctx, t.network, reviews); err != nil {
			return nil, err
		}
		r.options.Progress.Note(t.prefix.used().String())
		logits = t.prefix.logits(t.network.encoder)
	}
	if t.predictor, err = newPredictor(r.engine.Backend, t.network.Model, e.Data.MaxLength, logits); err != nil {
		return nil, err
	}
	t.engine, err = trainer.NewUpdater(r.engine.Backend, t.network.Store, classification(logits), e.Training.optimizer())
	return t, err
}

func (t *trainingRun) close() {
	if t.predictor != nil {
		t.predictor.Close()
	}
	if t.engine != nil {
		t.engine.Close()
	}
	if t.history != nil {
		_ = t.history.Close()
	}
	if t.prefix != nil {
		_ = t.prefix.close()
	}
}

// loop takes the steps that are left.
func (t *trainingRun) loop(ctx context.Context) error {
	e := t.run.Experiment.Training
	bar := t.run.options.Progress.Begin("training", t.steps, t.at.Step)
	defer bar.End()
	var batches batching.Sequence
	epoch := -1
	for !t.at.Done {
		if ctx.Err() != nil {
			if err := t.save(); err != nil {
				return err
			}
			return fmt.Errorf("at step %d of %d: %w", t.at.Step, t.steps, errors.Join(ErrStopped, ctx.Err()))
		}
		if t.at.Due {
			if err := t.validate(ctx); err != nil && ctx.Err() == nil {
				return err
			}
			continue
		}
		if now := t.at.Step / t.perEpoch; now != epoch {
			epoch, batches = now, t.batcher.Epoch(now)
		}
		began := time.Now()
		first := t.at.Step % t.perEpoch * e.Accumulate
		result, err := t.engine.Step(examplesOf(batches, first, min(first+e.Accumulate, batches.Len()), t.prefix.tensors(0)), e.optimizer().Rate(t.at.Step+1, t.steps))
		if err != nil {
			return fmt.Errorf("training step %d: %w", t.at.Step+1, err)
		}
		if loss := result.Loss / result.Count; math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("training step %d: the loss is %v: try a lower training.learning_rate than %g", t.at.Step+1, loss, e.LearningRate)
		}
		t.count(result, time.Since(began).Seconds())
		bar.Update(progress.Status{Done: t.at.Step, Loss: result.Loss / result.Count, TokensPerSecond: float64(result.Tokens) / time.Since(began).Seconds()})
		if err := t.afterStep(result); err != nil {
			return err
		}
	}
	return t.save()
}

// count adds a step to where training stands.
func (t *trainingRun) count(result trainer.Update, seconds float64) {
	epoch := t.at.Step / t.perEpoch
	for len(t.at.EpochSeconds) <= epoch { // more than one is missing in a checkpoint of before they were counted
		t.at.EpochSeconds = append(t.at.EpochSeconds, 0)
	}
	t.at.EpochSeconds[epoch] += seconds
	t.at.Step++
	t.at.Seconds += seconds
	t.at.Tokens += result.Tokens
	t.at.LineLoss += result.Loss
	t.at.LineCount += result.Count
	t.at.LineTokens += result.Tokens
	t.at.LineSeconds += seconds
}

// afterStep writes the history, saves from time to time, and says what comes next.
func (t *trainingRun) afterStep(result trainer.Update) error {
	last := t.at.Step == t.steps
	if t.at.Step%t.lineEvery == 0 || last {
		if err := t.write(runfolder.HistoryLine{
			Kind: runfolder.TrainLine, Loss: t.at.LineLoss / t.at.LineCount, LearningRate: result.Rate, GradNorm: result.Norm,
			TokensPerSecond: float64(t.at.LineTokens) / t.at.LineSeconds,
		}); err != nil {
			return err
		}
		t.at.LineLoss, t.at.LineCount, t.at.LineTokens, t.at.LineSeconds = 0, 0, 0, 0
	}
	t.at.Due = t.evaluationDue() // the last step's is always due
	if time.Since(t.saved) > t.every {
		return t.save()
	}
	return nil
}

// evaluationDue spaces the evaluations of an epoch evenly, the last at its end.
func (t *trainingRun) evaluationDue() bool {
	within := (t.at.Step-1)%t.perEpoch + 1
	n := min(t.run.Experiment.Training.Evaluations, t.perEpoch)
	for k := 1; k <= n; k++ {
		if within == (t.perEpoch*k+n-1)/n {
			return true
		}
	}
	return false
}

// validate measures the network on the validation examples and keeps what it learned
// if it is the best so far. One that ctx interrupts stays due and is made again.
func (t *trainingRun) validate(ctx context.Context) error {
	began := time.Now()
	predictions, err := t.predictor.predict(ctx, t.held, t.run.options.Progress, "validation", t.prefix.tensors(t.examples))
	if err != nil {
		return err
	}
	metrics, err := metrics.Measure(predictions)
	if err != nil {
		return err
	}
	t.at.Seconds += time.Since(began).Seconds()
	by := t.run.Experiment.Training.MetricForBestModel
	if t.at.BestStep == 0 || by.better(metrics, t.at.BestLoss, t.at.BestAccuracy) {
		if err := t.network.learned.save(); err != nil {
			return err
		}
		if t.at.Files, err = inputs.FileDigests(t.run.Folder.Dir(), t.network.learned.unsealed()); err != nil {
			return err
		}
		t.at.BestLoss, t.at.BestAccuracy, t.at.BestStep, t.at.Worse = metrics.Loss, metrics.Accuracy, t.at.Step, 0
	} else {
		t.at.Worse++
	}
	t.at.Due = false
	patience := t.run.Experiment.Training.Patience
	t.at.Done = t.at.Step == t.steps || patience > 0 && t.at.Worse >= patience
	t.run.options.Progress.Note(fmt.Sprintf("step %d of %d: validation loss %.4f, accuracy %.1f %%", t.at.Step, t.steps, metrics.Loss, 100*metrics.Accuracy))
	return t.write(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: metrics.Loss, Accuracy: metrics.Accuracy})
}

// write completes a line with where training stands, appends and announces it.
func (t *trainingRun) write(line runfolder.HistoryLine) error {
	line.Step, line.Elapsed = t.at.Step, t.at.Seconds
	line.Epoch = float64(t.at.Step) / float64(t.perEpoch)
	if err := t.history.Append(line); err != nil {
		return err
	}
	if t.run.options.OnHistory != nil {
		t.run.options.OnHistory(line)
	}
	return nil
}

// save writes the checkpoint, the history before it.
func (t *trainingRun) save() error {
	if t.at.Step == 0 {
		return nil
	}
	if err := t.history.Sync(); err != nil {
		return err
	}
	t.at.PeakBytes = max(t.at.PeakBytes, runfolder.PeakBytes())
	began := time.Now()
	if err := saveCheckpoint(t.run.Folder, t.network.Store, t.at); err != nil {
		return err
	}
	t.saved = time.Now()
	t.every = max(checkpointEvery, checkpointShare*t.saved.Sub(began))
	return nil
}

// examplesOf are the tensors of batches first to end-1.
func examplesOf(batches batching.Sequence, first, end int, more feed.More) []trainer.Batch {
	var list []trainer.Batch
	for i := first; i < end; i++ {
		batch := batches.At(i)
		list = append(list, trainer.Batch{Tensors: more.Tensors(batch), Tokens: batch.Tokens()})
	}
	return list
}
