package finetune

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
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
	return m, checkProblem(m.Config, m.Dir)
}

// checkProblem refuses the model of a folder whose classifier answers otherwise than by the
// softmax of its logits.
func checkProblem(config bert.Config, dir string) error {
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

// skippedNote says which tensors of the model's folder are not used, by the module they
// belong to, and what was made anew; "" where there are none.
func skippedNote(m *bert.Model) string {
	modules := func(names []string) string {
		var list []string
		for _, name := range names {
			if module := name[:strings.LastIndexByte(name, '.')+1] + "*"; !slices.Contains(list, module) {
				list = append(list, module)
			}
		}
		return strings.Join(list, ", ")
	}
	if len(m.Skipped) == 0 {
		return ""
	}
	note := "tensors of the model that are not used: " + modules(m.Skipped)
	if len(m.Fresh) > 0 {
		note += "; made anew: " + modules(m.Fresh)
	}
	return note
}
