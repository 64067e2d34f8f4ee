package objective

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
)

// Criteria returns the criteria of the best state that a task measures; nil for an unknown task.
// The task "" is data.SingleLabel.
func Criteria(task data.Task) []BestBy {
	switch cmp.Or(task, data.SingleLabel) {
	case data.SingleLabel:
		return []BestBy{ByLoss, ByAccuracy, Last}
	case data.MultiLabel:
		return []BestBy{ByLoss, ByMicroF1, ByMacroF1, Last}
	case data.Regression:
		return []BestBy{ByLoss, ByPearson, BySpearman, ByMAE, Last}
	case data.TokenClassification:
		return []BestBy{ByLoss, ByF1, ByMacroF1, Last}
	}
	return nil
}

// Validate refuses an unknown task, and a loss or a criterion that does not fit the task. The
// error is a *settings.FieldError.
func Validate(task data.Task, loss Loss, by BestBy) error {
	known := cmp.Or(task, data.SingleLabel)
	fits := Criteria(known)
	if fits == nil {
		return &settings.FieldError{Field: "task", Reason: fmt.Sprintf("is %q, expected one of %q", string(task), tasks)}
	}
	if by.isKnown() && !slices.Contains(fits, by) {
		return &settings.FieldError{Field: "training.metric_for_best_model", Reason: fmt.Sprintf("is %q, which the task %s does not have: expected one of %q", string(by), known, names(fits))}
	}
	return loss.validate(known)
}

func names(list []BestBy) (text []string) {
	for _, by := range list {
		text = append(text, by.String())
	}
	return text
}
