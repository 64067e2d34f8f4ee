package finetune

import (
	"context"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/objective"
)

// evaluationDue distributes the evaluations evenly over an epoch. The last is at its end.
func (t *training) evaluationDue(step int) bool {
	perEpoch := t.batches.perEpoch
	within := (step-1)%perEpoch + 1
	n := min(t.run.Experiment.Training.Evaluations, perEpoch)
	for k := 1; k <= n; k++ {
		if within == (perEpoch*k+n-1)/n {
			return true
		}
	}
	return false
}

// validateSizes refuses batches that no memory holds, and a number of steps that overflows.
func (e Experiment) validateSizes() error {
	t := e.Training
	if most := batching.MaxTokens / e.Data.MaxLength; t.BatchSize > most {
		return &FieldError{Field: "training.batch_size", Reason: fmt.Sprintf("is %d, expected at most %d with data.max_length %d: a batch is held in memory; for larger steps set training.accumulate", t.BatchSize, most, e.Data.MaxLength)}
	}
	if t.Epochs > math.MaxInt32 {
		return &FieldError{Field: "training.epochs", Reason: fmt.Sprintf("is %d, expected at most %d", t.Epochs, math.MaxInt32)}
	}
	return nil
}

// patienceWarning says that a patience can have no effect; "" for another one. The first evaluation is the best
// so far, and after the last one there is nothing to stop.
func (t Training) patienceWarning(perEpoch int) string {
	n := t.Epochs * min(t.Evaluations, perEpoch)
	if t.Patience == 0 || t.Patience < n-1 {
		return ""
	}
	return fmt.Sprintf("training.patience is %d, but the training has %d evaluations: it cannot stop early; set a lower one, or more training.evaluations or epochs", t.Patience, n)
}

// validate returns a function that evaluates the network on the validation examples. more makes
// the extra input tensors of their batches.
func (t *training) validate(more feed.More) func(ctx context.Context) (trainer.Result, error) {
	return func(ctx context.Context) (trainer.Result, error) {
		predictions, err := t.predictor.PredictTask(ctx, t.held, t.run.options.Progress, "validation", more)
		if err != nil {
			return trainer.Result{}, err
		}
		t.validated = predictions
		return objective.Measure(predictions)
	}
}

// keep saves the state if the evaluation is the best so far. It stops training after
// Training.Patience evaluations without an improvement (early stopping).
func (t *training) keep(now trainer.Result) (stop bool, err error) {
	at, e := t.at, t.run.Experiment.Training
	if at.BestStep > 0 && !e.MetricForBestModel.Better(now, trainer.Result{Loss: at.BestLoss, Accuracy: at.BestAccuracy, Metrics: at.BestMetrics}) {
		at.Worse++
		return e.Patience > 0 && at.Worse >= e.Patience, nil
	}
	if err := t.network.learned.Save(); err != nil {
		return false, err
	}
	if at.Files, err = inputs.FileDigests(t.run.Folder.Dir(), t.network.learned.WithoutChecksum()); err != nil {
		return false, err
	}
	if at.Calibration, err = evaluation.Calibrate(t.validated); err != nil {
		return false, err
	}
	at.BestLoss, at.BestAccuracy, at.BestMetrics, at.BestStep, at.Worse = now.Loss, now.Accuracy, now.Metrics, at.Step, 0
	return false, nil
}
