package objective

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
)

// resolve returns the weights in the order of the labels; nil for none. balance computes the
// balanced weight of the class of that index.
func (w Weights) resolve(field string, labels []string, balance func(class int) (float64, error)) ([]float32, error) {
	if w.IsZero() {
		return nil, nil
	}
	for _, class := range slices.Sorted(maps.Keys(w.ByClass)) {
		if !slices.Contains(labels, class) {
			return nil, &settings.FieldError{Field: field, Reason: fmt.Sprintf("names the class %q, expected the classes %q", class, labels)}
		}
	}
	weights := make([]float32, len(labels))
	for i, class := range labels {
		value, ok := w.ByClass[class]
		if w.Balanced {
			var err error
			if value, err = balance(i); err != nil {
				return nil, &settings.FieldError{Field: field, Reason: fmt.Sprintf("is %q, but %v: give the weights by class", balanced, err)}
			}
		} else if !ok {
			return nil, &settings.FieldError{Field: field, Reason: fmt.Sprintf("has no weight for class %q, expected one for each of %q", class, labels)}
		}
		weights[i] = float32(value)
	}
	return weights, nil
}

// classWeights returns the weights of the classes; nil for none.
func (l Loss) classWeights(examples []data.Example, labels []string) ([]float32, error) {
	counts := make([]int, len(labels))
	for _, e := range examples {
		if e.Label >= 0 {
			counts[e.Label]++
		}
	}
	return l.ClassWeights.resolve("training.loss.class_weights", labels, func(class int) (float64, error) {
		if counts[class] == 0 {
			return 0, fmt.Errorf("no training example has the class %q", labels[class])
		}
		return float64(len(examples)) / float64(len(labels)*counts[class]), nil
	})
}

// positiveWeights returns the weights of the classes' positive examples; nil for none.
func (l Loss) positiveWeights(examples []data.Example, labels []string) ([]float32, error) {
	counts := make([]int, len(labels))
	for _, e := range examples {
		for _, label := range e.Labels {
			counts[label]++
		}
	}
	return l.PositiveWeights.resolve("training.loss.positive_weights", labels, func(class int) (float64, error) {
		switch counts[class] {
		case 0:
			return 0, fmt.Errorf("no training example has the class %q", labels[class])
		case len(examples):
			return 0, fmt.Errorf("every training example has the class %q", labels[class])
		}
		return float64(len(examples)-counts[class]) / float64(counts[class]), nil
	})
}
