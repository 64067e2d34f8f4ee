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

// The tensors of the classifier.
const classifierBias = "classifier.bias"

// setLabels names the classes; option is the caller's that gives labels.
func (c *Config) setLabels(labels []string, option string) error {
	if len(labels) == 0 {
		if labels = c.Labels; len(labels) == 1 {
			return &ConfigError{Field: "id2label", Reason: "names 1 class: such a classifier gives one number, as for a regression, and only the softmax over at least 2 classes is computed; to train one on this base set FreshHead, in bert.Options or a finetune.Experiment (fresh_head), and name its classes"}
		}
	}
	if len(labels) < 2 {
		return &ConfigError{Field: "id2label", Reason: fmt.Sprintf("names %d classes, expected the name of each of at least 2", len(labels)), Option: option}
	}
	if err := classes.Check(labels); err != nil {
		return &ConfigError{Field: "id2label", Reason: err.Error(), Option: option}
	}
	c.Labels = labels
	return nil
}

// SetLabels names the classes of a model with a classifier, as many as it has. Where they
// are the model's classes in another order, upper and lower case alike, the classifier's
// rows are reordered, so that each row keeps its class. Where they are other classes, the
// rows stay and get the new names. A name that both have at different places, a name
// given twice, or another number of names is a *ConfigError; the model is then as it was.
func (m *Model) SetLabels(labels []string) error {
	if m.Head != Classification {
		return fmt.Errorf("bert: SetLabels: the model is a %s, expected %s", m.Head, Classification)
	}
	if len(labels) != len(m.Config.Labels) {
		return &ConfigError{Field: "id2label", Reason: fmt.Sprintf("names %d classes %q, the labels given are %d %q: expected as many", len(m.Config.Labels), m.Config.Labels, len(labels), labels)}
	}
	if err := classes.Check(labels); err != nil {
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

// orderClassifier puts the rows of the classifier, whose classes are named, into the order
// of the model's labels.
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
			return fmt.Errorf("bert: set %s: %w", name, err)
		}
	}
	return nil
}
