package finetune

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// BestBy says which state of a training is kept, by Hugging Face's name for the setting,
// metric_for_best_model.
type BestBy string

const (
	// ByLoss keeps the lowest mean cross-entropy on the validation examples. The zero
	// value, so that experiments of before there were others stay the same; "loss" means
	// it too.
	ByLoss BestBy = ""

	// ByAccuracy keeps the highest accuracy on them, of equal ones that of the lower loss.
	ByAccuracy BestBy = "accuracy"

	// Last keeps the state after the last step, whatever validation says of it: where
	// trainings of as many steps are to be compared, or where the validation examples are
	// too few to choose by. The loss of a training that goes on after it knows its examples
	// by heart rises long before its accuracy falls.
	Last BestBy = "last"
)

// String is the setting's value: "loss", "accuracy" or "last".
func (b BestBy) String() string {
	if b == ByLoss {
		return "loss"
	}
	return string(b)
}

// better tells whether an evaluation is to be preferred to the best of before.
func (b BestBy) better(now *metrics.Metrics, loss, accuracy float64) bool {
	switch b {
	case ByAccuracy:
		return now.Accuracy > accuracy || now.Accuracy == accuracy && now.Loss < loss
	case Last:
		return true
	}
	return now.Loss < loss
}

// validate refuses a choice that there is not, and a patience that nothing could try.
func (b BestBy) validate(patience int) error {
	switch {
	case b != ByLoss && b != ByAccuracy && b != Last:
		return &FieldError{"training.metric_for_best_model", fmt.Sprintf("is %q, expected %q, %q or %q", string(b), ByLoss, ByAccuracy, Last)}
	case b == Last && patience > 0:
		return &FieldError{"training.patience", fmt.Sprintf("is %d, but with metric_for_best_model %q no evaluation is worse than another: leave it out", patience, Last)}
	}
	return nil
}
