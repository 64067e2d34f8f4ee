package finetune

import (
	"cmp"

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
