package bert

import (
	"fmt"
	"maps"

	"github.com/lorabook/lorabook/internal/classes"
)

// Values of Config.ProblemType. transformers' text-classification pipeline returns the
// softmax of the logits for SingleLabel, the sigmoid of each logit for MultiLabel, and the
// logits for Regression.
const (
	SingleLabel = "single_label_classification"
	MultiLabel  = "multi_label_classification"
	Regression  = "regression"
)

// problems maps the values of Config.ProblemType to the meaning of the logits.
var problems = map[string]string{
	SingleLabel: "one class per text, with a softmax over the classes",
	MultiLabel:  "any number of classes per text, each with the sigmoid of its logit as its probability",
	Regression:  "a number per text, which is the one logit",
}

// leastLabels returns the number of classes that a classifier must have at least.
func leastLabels(problem string) int {
	if problem == MultiLabel || problem == Regression {
		return 1
	}
	return 2
}

// checkLabels refuses names that a classifier for the problem cannot have.
func checkLabels(labels []string, problem string) error {
	if problem == Regression && len(labels) != 1 {
		return fmt.Errorf("labels %q: expected 1 name for a regression, that of the number", labels)
	}
	return classes.Check(labels, leastLabels(problem))
}

// Problem returns the meaning of the classifier's logits: ProblemType, or SingleLabel if it is
// empty and there are at least two classes. It is "" if a classifier of one class does not
// state it: transformers trains it as a regression, and its pipeline returns the sigmoid.
func (c Config) Problem() string {
	if c.ProblemType == "" && len(c.Labels) > 1 {
		return SingleLabel
	}
	return c.ProblemType
}

// withProblem returns the configuration with the meaning of the logits set to one of the three
// problems; "" leaves it as it is. If the configuration had another ProblemType, and the
// classifier is not new, the error is a *ConfigError.
func (c Config) withProblem(problem string, fresh bool) (Config, error) {
	meaning, ok := problems[problem]
	found := c.ProblemType
	switch {
	case problem == "":
		return c, nil
	case !ok:
		return c, &ConfigError{Field: "problem_type", Reason: fmt.Sprintf("is set to %q, expected %q, %q or %q", problem, SingleLabel, MultiLabel, Regression)}
	case found == "" && problem == SingleLabel:
		return c, nil
	}
	c.ProblemType = problem
	if found != "" && found != problem && !fresh {
		foundMeaning := problems[found]
		if foundMeaning == "" {
			foundMeaning = "an unknown value"
		}
		return c, &ConfigError{Field: "problem_type", Reason: fmt.Sprintf(
			"is %q: %s; expected %q: %s. To train a new classifier on this model set FreshHead, in bert.Options or a finetune.Experiment (fresh_head); if the field is wrong, change it to %q",
			found, foundMeaning, problem, meaning, problem)}
	}
	return c, nil
}

// withoutProblemType returns the configuration without a ProblemType other than SingleLabel,
// for a new classifier.
func (c Config) withoutProblemType() Config {
	if c.ProblemType == SingleLabel {
		return c
	}
	c.ProblemType = ""
	c.raw = maps.Clone(c.raw)
	delete(c.raw, "problem_type")
	return c
}

// tokenProblem is what this module's files state as the problem type of a classifier of tokens,
// which has none in config.json.
const tokenProblem = "token_classification"

// RecordedProblem returns the problem type that this module records beside trained weights:
// Config.ProblemType, or "token_classification" for the head TokenClassification.
func (m *Model) RecordedProblem() string {
	if m.Head == TokenClassification {
		return tokenProblem
	}
	return m.Config.ProblemType
}
