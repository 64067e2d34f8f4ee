package finetune

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// task returns the kind of answer, SingleLabel for "".
func (e Experiment) task() data.Task { return cmp.Or(e.Task, data.SingleLabel) }

// targets returns what the network learns to predict for the examples.
func (e Experiment) targets(examples []data.Example, labels []string) batching.Targets {
	return classify.Targets(e.task(), examples, len(labels))
}

// selections are the criteria of the best state that each task measures.
var selections = map[data.Task][]BestBy{
	data.SingleLabel: {ByLoss, ByAccuracy, Last},
	data.MultiLabel:  {ByLoss, ByMicroF1, ByMacroF1, Last},
	data.Regression:  {ByLoss, ByPearson, BySpearman, ByMAE, Last},
}

// validateTask refuses an unknown task, and settings that do not fit the task.
func (e Experiment) validateTask() error {
	fits, ok := selections[e.task()]
	if !ok {
		return &FieldError{Field: "task", Reason: fmt.Sprintf("is %q, expected %q, %q or %q", string(e.Task), data.SingleLabel, data.MultiLabel, data.Regression)}
	}
	if by := e.Training.MetricForBestModel; by.isKnown() && !slices.Contains(fits, by) {
		return &FieldError{Field: "training.metric_for_best_model", Reason: fmt.Sprintf("is %q, which the task %s does not have: expected one of %q", string(by), e.task(), names(fits))}
	}
	return e.Training.Loss.validate(e.task())
}

func names(list []BestBy) (text []string) {
	for _, by := range list {
		text = append(text, by.String())
	}
	return text
}
