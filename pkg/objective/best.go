package objective

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/data"
)

// BestBy names the criterion that selects the kept state of a training: Hugging Face's setting
// metric_for_best_model. Of states that are equal by a metric, the one with the lowest loss is
// kept. A state whose metric is undefined is worse than any other; where it is undefined for all of them,
// such as a correlation with equal numbers, the lowest loss decides, and fine-tuning warns of it.
type BestBy string

const (
	// ByLoss keeps the lowest mean loss on the validation examples: of the cross-entropy, of the
	// sigmoid cross-entropy for data.MultiLabel, of the squared error for data.Regression, of the
	// words' cross-entropy for data.TokenClassification,
	// without the weights and options of Training.Loss. It is the zero value, since experiments
	// of earlier versions lack the field; "loss" is a synonym.
	ByLoss BestBy = ""

	// ByAccuracy keeps the highest accuracy on the validation examples, for data.SingleLabel.
	ByAccuracy BestBy = "accuracy"

	// ByMicroF1 and ByMacroF1 keep the highest F1 over all decisions, and the highest mean of
	// the classes' F1, with the threshold 0.5; for data.MultiLabel.
	//
	// ByMacroF1 is also the mean of the types' F1 for data.TokenClassification.
	ByMicroF1 BestBy = "micro_f1"
	ByMacroF1 BestBy = "macro_f1"

	// ByF1 keeps the highest F1 over all entities, as seqeval counts them; for
	// data.TokenClassification.
	ByF1 BestBy = "f1"

	// ByPearson and BySpearman keep the highest correlation with the values, and ByMAE the
	// lowest mean absolute error; for data.Regression.
	ByPearson  BestBy = "pearson"
	BySpearman BestBy = "spearman"
	ByMAE      BestBy = "mae"

	// Last keeps the state after the last step, whatever its validation loss. Use it to compare
	// trainings of equal length, or if there are too few validation examples for a selection. If
	// a training overfits, its validation loss rises long before its accuracy falls.
	Last BestBy = "last"
)

// String returns the setting's value: "loss", "accuracy", "last" and so on.
func (b BestBy) String() string {
	if b == ByLoss {
		return "loss"
	}
	return string(b)
}

// tasks are those with criteria.
var tasks = []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification}

// all returns the criteria of all tasks.
func all() (list []BestBy) {
	for _, task := range tasks {
		for _, by := range Criteria(task) {
			if !slices.Contains(list, by) {
				list = append(list, by)
			}
		}
	}
	return list
}

// isKnown reports whether the criterion exists.
func (b BestBy) isKnown() bool { return slices.Contains(all(), b) }

// Better reports whether an evaluation is preferred to the best so far.
func (b BestBy) Better(now, best trainer.Result) bool {
	switch b {
	case ByLoss:
		return now.Loss < best.Loss
	case Last:
		return true
	case ByAccuracy:
		return now.Accuracy > best.Accuracy || now.Accuracy == best.Accuracy && now.Loss < best.Loss
	}
	x, defined := now.Metrics[string(b)]
	y, bestDefined := best.Metrics[string(b)]
	if !defined || !bestDefined {
		return defined && !bestDefined || !defined && !bestDefined && now.Loss < best.Loss
	}
	if b == ByMAE {
		x, y = -x, -y
	}
	return x > y || x == y && now.Loss < best.Loss
}

// Validate refuses an unknown criterion, and a patience without effect.
func (b BestBy) Validate(patience int) error {
	switch {
	case !b.isKnown():
		return &settings.FieldError{Field: "training.metric_for_best_model", Reason: fmt.Sprintf("is %q, expected one of %q", string(b), names(all()))}
	case b == Last && patience > 0:
		return &settings.FieldError{Field: "training.patience", Reason: fmt.Sprintf("is %d, but with metric_for_best_model %q no evaluation is worse than another: leave it out", patience, Last)}
	}
	return nil
}
