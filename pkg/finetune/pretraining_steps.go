package finetune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// pretrainEvery is how often a pre-training saves itself: its checkpoint holds every
// weight and two moments of each, too much to write every few seconds.
const pretrainEvery = 2 * time.Minute

// loop takes the steps that are left, and the measurements between them.
func (t *pretrainer) loop(ctx context.Context) error {
	steps := t.steps()
	training := t.optimizer()
	bar := t.options.Progress.Begin("pre-training", steps, t.at.Step)
	defer bar.End()
	for t.at.Step < steps {
		if ctx.Err() != nil {
			return t.stopped(ctx)
		}
		if t.at.Due {
			if _, err := t.measure(ctx); err != nil {
				return err
			}
			continue
		}
		began := time.Now()
		batch, err := t.rows.at(t.at.Step)
		if err != nil {
			return fmt.Errorf("pre-training step %d: %w", t.at.Step+1, err)
		}
		result, err := t.engine.Step([]trainer.Batch{batch.tensors()}, training.Rate(t.at.Step+1, steps))
		if err != nil {
			return fmt.Errorf("pre-training step %d: %w", t.at.Step+1, err)
		}
		loss := result.Loss / result.Count
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("pre-training step %d: the loss is %v: try a lower learning_rate than %g", t.at.Step+1, loss, t.LearningRate)
		}
		t.count(result, time.Since(began).Seconds())
		bar.Update(progress.Status{Done: t.at.Step, Loss: loss, TokensPerSecond: float64(result.Tokens) / time.Since(began).Seconds()})
		if err := t.afterStep(result); err != nil {
			return err
		}
	}
	return t.save()
}

// stopped saves what was reached when ctx ended.
func (t *pretrainer) stopped(ctx context.Context) error {
	if err := t.save(); err != nil {
		return err
	}
	return fmt.Errorf("at step %d of %d: %w", t.at.Step, t.steps(), errors.Join(ErrStopped, ctx.Err()))
}

// count adds a step to where it stands.
func (t *pretrainer) count(result trainer.Update, seconds float64) {
	t.at.Step++
	t.at.Seconds += seconds
	t.at.Tokens += result.Tokens
	t.at.LineLoss += result.Loss
	t.at.LineCount += result.Count
	t.at.LineTokens += result.Tokens
	t.at.LineSeconds += seconds
}

// afterStep writes the history, saves from time to time, and says what comes next.
func (t *pretrainer) afterStep(result trainer.Update) error {
	steps := t.steps()
	if t.at.Step%max(1, steps/historyLines) == 0 || t.at.Step == steps {
		if err := t.write(runfolder.HistoryLine{
			Kind: runfolder.TrainLine, Loss: t.at.LineLoss / t.at.LineCount, LearningRate: result.Rate, GradNorm: result.Norm,
			TokensPerSecond: float64(t.at.LineTokens) / t.at.LineSeconds,
		}); err != nil {
			return err
		}
		t.at.LineLoss, t.at.LineCount, t.at.LineTokens, t.at.LineSeconds = 0, 0, 0, 0
	}
	t.at.Due = t.at.Step%t.MeasureEvery == 0 && t.at.Step < steps // train measures after the last
	if time.Since(t.saved) > pretrainEvery {
		return t.save()
	}
	return nil
}

// measure says how well the held-out texts' hidden pieces are told, and writes it
// down. One that ctx interrupts stays due and is made again.
func (t *pretrainer) measure(ctx context.Context) (*Masked, error) {
	began := time.Now()
	m, err := t.meter.measure(ctx, t.options.Progress)
	if err != nil && ctx.Err() != nil {
		return nil, t.stopped(ctx)
	}
	if err != nil {
		return nil, err
	}
	t.at.Seconds += time.Since(began).Seconds()
	t.at.Due = false
	t.options.Progress.Note(fmt.Sprintf("step %d of %d: held-out loss %.3f, masked pieces right %.1f %%", t.at.Step, t.steps(), m.Loss, 100*m.Accuracy))
	return m, t.write(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: m.Loss, Accuracy: m.Accuracy})
}

// write completes a line with where training stands, appends and announces it.
func (t *pretrainer) write(line runfolder.HistoryLine) error {
	line.Step, line.Elapsed, line.Epoch = t.at.Step, t.at.Seconds, t.rows.passes(t.at.Step)
	if err := t.history.Append(line); err != nil {
		return err
	}
	if t.options.OnHistory != nil {
		t.options.OnHistory(line)
	}
	return nil
}

// save writes the checkpoint, the history before it.
func (t *pretrainer) save() error {
	if t.at.Step == 0 {
		return nil
	}
	if err := t.history.Sync(); err != nil {
		return err
	}
	t.saved = time.Now()
	return saveCheckpoint(t.folder, t.model.Store, t.at)
}
