package finetune

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/trainer"
)

// BestBy names the criterion that selects the kept state of a training: Hugging Face's setting
// metric_for_best_model.
type BestBy string

const (
	// ByLoss keeps the lowest mean cross-entropy on the validation examples. It is the zero
	// value, since experiments of earlier versions lack the field; "loss" is a synonym.
	ByLoss BestBy = ""

	// ByAccuracy keeps the highest accuracy on the validation examples. Of the states with equal
	// accuracy, it keeps the one with the lowest loss.
	ByAccuracy BestBy = "accuracy"

	// Last keeps the state after the last step, whatever its validation loss. Use it to compare
	// trainings of equal length, or if there are too few validation examples for a selection. If
	// a training overfits, its validation loss rises long before its accuracy falls.
	Last BestBy = "last"
)

// String returns the setting's value: "loss", "accuracy" or "last".
func (b BestBy) String() string {
	if b == ByLoss {
		return "loss"
	}
	return string(b)
}

// better reports whether an evaluation is preferred to the best so far.
func (b BestBy) better(now, best trainer.Result) bool {
	switch b {
	case ByAccuracy:
		return now.Accuracy > best.Accuracy || now.Accuracy == best.Accuracy && now.Loss < best.Loss
	case Last:
		return true
	}
	return now.Loss < best.Loss
}

// validate refuses an unknown criterion, and a patience without effect.
func (b BestBy) validate(patience int) error {
	switch {
	case b != ByLoss && b != ByAccuracy && b != Last:
		return &FieldError{Field: "training.metric_for_best_model", Reason: fmt.Sprintf("is %q, expected %q, %q or %q", string(b), ByLoss, ByAccuracy, Last)}
	case b == Last && patience > 0:
		return &FieldError{Field: "training.patience", Reason: fmt.Sprintf("is %d, but with metric_for_best_model %q no evaluation is worse than another: leave it out", patience, Last)}
	}
	return nil
}
