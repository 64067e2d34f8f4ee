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

// CheckProblem refuses a folder's model if its classifier does not use the softmax of its logits.
func CheckProblem(config bert.Config, dir string) error {
	var means string
	switch config.ProblemType {
	case "", bert.SingleLabel:
		return nil
	case bert.MultiLabel:
		means = "each class has an independent probability, the sigmoid of its logit"
	case bert.Regression:
		means = "the logits are the answer, and no probabilities"
	default:
		means = "which names no way to answer that is known"
	}
	return &bert.ConfigError{Path: filepath.Join(dir, "config.json"), Field: "problem_type", Reason: fmt.Sprintf(
		"is %q: %s, and only the softmax over the classes is computed here, one class a text. Answer with transformers' text-classification pipeline; to train a classifier of one class a text on this base set Experiment.FreshHead (fresh_head); where each text has one class after all, write %q there",
		config.ProblemType, means, bert.SingleLabel)}
}

// CheckTask refuses an adapter for another task than sequence classification, since its
// classifier has other outputs.
func CheckTask(c lora.Config) error {
	if c.TaskType == "" || c.TaskType == "SEQ_CLS" || c.TaskType == lora.NoTask {
		return nil
	}
	return fmt.Errorf("is %s, expected SEQ_CLS or none: the adapter is not for the classification of texts", c.TaskType)
}
