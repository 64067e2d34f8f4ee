package classify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// openClassifying opens a model for single-label classification of texts. Every classifier and
// merge uses it. option is the caller's option for labels, for errors; empty if the labels have
// another source.
func openClassifying(ctx context.Context, model string, opts bert.Options, option string) (*bert.Model, error) {
	opts.Head = bert.Classification
	m, err := bert.Open(ctx, model, opts)
	if ce := (*bert.ConfigError)(nil); errors.As(err, &ce) && ce.Option != "" {
		ce.Option = option
	}
	if err != nil {
		return nil, err
	}
	return m, CheckProblem(m.Config, m.Dir)
}

// CheckProblem refuses a folder's model if its probabilities are not the softmax of its logits.
func CheckProblem(config bert.Config, dir string) error {
	var means string
	switch config.ProblemType {
	case "", bert.SingleLabel:
		return nil
	case bert.MultiLabel:
		means = "each class has an independent probability, the sigmoid of its logit"
	case bert.Regression:
		means = "the logits are the answer, without probabilities"
	default:
		means = "an unknown value"
	}
	return &bert.ConfigError{Path: filepath.Join(dir, "config.json"), Field: "problem_type", Reason: fmt.Sprintf(
		"is %q: %s; expected one class per text, with a softmax over the classes. Use transformers' text-classification pipeline for this model; to train a classifier with one class per text on this base, set Experiment.FreshHead (fresh_head); if each text does have one class, change the field to %q",
		config.ProblemType, means, bert.SingleLabel)}
}

// CheckTask refuses an adapter for another task than sequence classification, since its
// classifier has other outputs.
func CheckTask(c lora.Config) error {
	if c.TaskType == "" || c.TaskType == "SEQ_CLS" || c.TaskType == lora.NoTask {
		return nil
	}
	return fmt.Errorf("is %s, expected SEQ_CLS or none: the adapter does not classify texts", c.TaskType)
}
