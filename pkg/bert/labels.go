package bert

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/internal/dotted"
)

const classifierBias = "classifier.bias" // [labels]

// setLabels sets the class names; option is the caller's option that supplies them. A
// regression without a name has transformers' name for its number, LABEL_0.
func (c *Config) setLabels(labels []string, option string) error {
	if len(labels) == 0 {
		labels = c.Labels
		switch {
		case c.ProblemType == Regression && len(labels) == 0:
			labels = unnamedLabels(1)
		case c.ProblemType == Regression && len(labels) > 1:
			return &ConfigError{Field: "id2label", Reason: fmt.Sprintf("names %d numbers, %q, and problem_type is %q, expected 1: a regression of several numbers is not computed; to train a new classifier on this model set FreshHead, in bert.Options or a finetune.Experiment (fresh_head)", len(labels), labels, Regression)}
		case len(labels) == 1 && c.ProblemType == "":
			return &ConfigError{Field: "id2label", Reason: fmt.Sprintf("names 1 class, expected at least 2: a classifier of one class computes one number; to use it set the task, in bert.Options.ProblemType, classify.Options.Task or a finetune.Experiment (task), to %q or %q, or add problem_type to the file; to train a new classifier on this model set FreshHead, in bert.Options or a finetune.Experiment (fresh_head), and name its classes", Regression, MultiLabel)}
		}
	}
	if least := leastLabels(c.ProblemType); len(labels) < least {
		return &ConfigError{Field: "id2label", Reason: fmt.Sprintf("names %d classes, expected the names of at least %d", len(labels), least), Option: option}
	}
	if err := checkLabels(labels, c.ProblemType); err != nil {
		return &ConfigError{Field: "id2label", Reason: err.Error(), Option: option}
	}
	c.Labels = labels
	return nil
}

// SetLabels sets the class names of a model with a classifier; their number must not change.
// If they are the model's classes in another order, upper and lower case alike, SetLabels
// reorders the rows of the classifier, so that each row keeps its class. If they are other
// classes, the rows keep their order and get the new names. A name that old and new classes
// share at different positions, a repeated name and another number of names are a
// *ConfigError, which leaves the model unchanged.
func (m *Model) SetLabels(labels []string) error {
	if !m.Head.HasClassifier() {
		return fmt.Errorf("bert: SetLabels: the model is a %s, expected %s or %s", m.Head, Classification, TokenClassification)
	}
	if len(labels) != len(m.Config.Labels) {
		return &ConfigError{Field: "id2label", Reason: fmt.Sprintf("the new labels are %d, %q, expected %d names for the classes %q", len(labels), labels, len(m.Config.Labels), m.Config.Labels)}
	}
	if err := checkLabels(labels, m.Config.ProblemType); err != nil {
		return &ConfigError{Field: "id2label", Reason: err.Error()}
	}
	old := m.Config.Labels
	m.Config.Labels = slices.Clone(labels)
	err := m.orderClassifier(old)
	if err != nil {
		m.Config.Labels = old
	}
	return err
}

// orderClassifier reorders the rows of the classifier, whose classes are named, by the
// model's labels.
func (m *Model) orderClassifier(named []string) error {
	rows, _, err := classes.Order(named, m.Config.Labels)
	if err != nil {
		return &ConfigError{Field: "id2label", Reason: err.Error()}
	}
	if slices.IsSorted(rows) {
		return nil
	}
	for _, name := range []string{ClassifierWeight, classifierBias} {
		v := m.Store.GetVariable(dotted.Path(name))
		if v == nil {
			return errors.New("bert: the model has no " + name)
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("bert: %w", err)
		}
		if value.DType() != dtypes.Float32 || value.Shape().Dim(0) != len(rows) {
			return fmt.Errorf("bert: %s is %s, expected %d rows of float32", name, value.Shape(), len(rows))
		}
		old := tensors.MustCopyFlatData[float32](value)
		width := len(old) / len(rows)
		ordered := make([]float32, 0, len(old))
		for _, row := range rows {
			ordered = append(ordered, old[row*width:(row+1)*width]...)
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(ordered, value.Shape().Dimensions...)); err != nil {
			return fmt.Errorf("bert: setting %s: %w", name, err)
		}
	}
	return nil
}
