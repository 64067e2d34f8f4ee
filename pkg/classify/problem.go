package classify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// openClassifying opens a model for the classification of texts, one class a text:
// every classifier and merge opens its model by it. option is the caller's by which labels
// are given, for errors; empty where they come from elsewhere.
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

// CheckProblem refuses the model of a folder whose classifier answers otherwise than by the
// softmax of its logits.
func CheckProblem(config bert.Config, dir string) error {
	var means string
	switch config.ProblemType {
	case "", bert.SingleLabel:
		return nil
	case bert.MultiLabel:
		means = "each class has a probability of its own, the sigmoid of its logit"
	case bert.Regression:
		means = "the logits are the answer, and no probabilities"
	default:
		means = "which names no way to answer that is known"
	}
	return &bert.ConfigError{Path: filepath.Join(dir, "config.json"), Field: "problem_type", Reason: fmt.Sprintf(
		"is %q: %s, and only the softmax over the classes is computed here, one class a text. Answer with transformers' text-classification pipeline; to train a classifier of one class a text on this base set Experiment.FreshHead (fresh_head); where each text has one class after all, write %q there",
		config.ProblemType, means, bert.SingleLabel)}
}

// CheckTask refuses an adapter for a task other than the classification of texts:
// its classifier scores something else.
func CheckTask(c lora.Config) error {
	if c.TaskType == "" || c.TaskType == "SEQ_CLS" || c.TaskType == lora.NoTask {
		return nil
	}
	return fmt.Errorf("is %s, expected SEQ_CLS or none: the adapter is not for the classification of texts", c.TaskType)
}
