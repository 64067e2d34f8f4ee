package finetune

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
)

// criteria are the criteria of the best state that each task measures.
var criteria = map[data.Task][]BestBy{
	data.SingleLabel: {ByLoss, ByAccuracy, Last},
	data.MultiLabel:  {ByLoss, ByMicroF1, ByMacroF1, Last},
	data.Regression:  {ByLoss, ByPearson, BySpearman, ByMAE, Last},
}

// checkTask refuses an unknown task, and a loss or a criterion that does not fit the task. The
// error is a *settings.FieldError.
func checkTask(task data.Task, loss Loss, by BestBy) error {
	known := cmp.Or(task, data.SingleLabel)
	fits, ok := criteria[known]
	if !ok {
		return &settings.FieldError{Field: "task", Reason: fmt.Sprintf("is %q, expected %q, %q or %q", string(task), data.SingleLabel, data.MultiLabel, data.Regression)}
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
