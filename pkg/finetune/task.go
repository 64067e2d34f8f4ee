package finetune

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// head returns the model's head for the task, and its problem type.
func (e Experiment) head() (bert.Head, string) {
	if e.Task == data.TokenClassification {
		return bert.TokenClassification, ""
	}
	return bert.Classification, string(e.task())
}

// targets returns what the network learns to predict for encoded examples.
func (e Experiment) targets(rows *encoding.Rows, labels []string) batching.Targets {
	if e.Task == data.TokenClassification {
		return rows.TokenTargets()
	}
	return classify.Targets(e.task(), rows.Examples, len(labels))
}

// validateTokens refuses settings that data.TokenClassification does not have.
func (e Experiment) validateTokens() error {
	if e.Task != data.TokenClassification {
		return nil
	}
	if t := e.Data.Truncation; t != encoding.Head {
		return &FieldError{Field: "data.truncation", Reason: fmt.Sprintf("is %q, expected %q: the task %s reads the first words of a longer sentence", t, encoding.Head, e.Task)}
	}
	return nil
}
