package metrics

import (
	"fmt"
	"slices"
)

// Mean returns the predictions of an ensemble: the probability of each class is the mean of the models'
// probabilities (Lakshminarayanan et al. 2017, "Simple and Scalable Predictive Uncertainty Estimation using Deep
// Ensembles"). Examples are matched by ID, in the order of the first model. There must be at least two models, with
// the same classes in the same order ([Predictions.InOrder]), the same examples and the same labels. An error is that
// of [Predictions.Validate], or a *MismatchError, which calls the first model "before".
func Mean(models ...*Predictions) (*Predictions, error) {
	means, err := mean(models, func(p *Predictions) (*scored, error) {
		a, err := p.answers()
		if err != nil {
			return nil, err
		}
		return &scored{p.Classes, p.IDs, func(i int) string { return fmt.Sprintf("label %q", p.Classes[p.Labels[i]]) }, a.row}, nil
	})
	if err != nil {
		return nil, err
	}
	first := models[0]
	return &Predictions{Classes: first.Classes, IDs: first.IDs, Labels: first.Labels, Probabilities: float32s(means)}, nil
}

// MeanMultiLabel is [Mean] for several labels per example. The result has no thresholds, since those of a model do
// not fit the mean: fit them on the mean of the validation predictions ([FitThresholds]).
func MeanMultiLabel(models ...*MultiLabelPredictions) (*MultiLabelPredictions, error) {
	means, err := mean(models, func(p *MultiLabelPredictions) (*scored, error) {
		a, err := p.answers()
		if err != nil {
			return nil, err
		}
		return &scored{p.Classes, p.IDs, func(i int) string {
			names := []string{}
			for _, class := range p.Labels[i] {
				names = append(names, p.Classes[class])
			}
			return fmt.Sprintf("labels %q", names)
		}, a.row}, nil
	})
	if err != nil {
		return nil, err
	}
	first := models[0]
	return &MultiLabelPredictions{Classes: first.Classes, IDs: first.IDs, Labels: first.Labels, Probabilities: float32s(means)}, nil
}

// MeanRegression is [Mean] for a number per example: the answer is the mean of the models' answers.
func MeanRegression(models ...*RegressionPredictions) (*RegressionPredictions, error) {
	means, err := mean(models, func(p *RegressionPredictions) (*scored, error) {
		if err := p.Validate(); err != nil {
			return nil, err
		}
		return &scored{[]string{""}, p.IDs, func(i int) string { return fmt.Sprintf("value %v", p.Values[i]) }, func(i int) []float64 { return p.Answers[i : i+1] }}, nil
	})
	if err != nil {
		return nil, err
	}
	return &RegressionPredictions{IDs: models[0].IDs, Values: models[0].Values, Answers: means}, nil
}

// scored are the outputs of a model for each example.
type scored struct {
	classes []string
	ids     []string
	right   func(i int) string    // describes the right answer of an example
	row     func(i int) []float64 // the outputs for an example, one for each class
}

// mean returns the mean outputs of models, [examples, classes], in the order of the first. read validates the
// predictions of a model.
func mean[P any](models []*P, read func(*P) (*scored, error)) ([]float64, error) {
	if len(models) < 2 {
		return nil, fmt.Errorf("mean of predictions: found %d models, expected at least 2", len(models))
	}
	var first *scored
	var sums []float64
	for m, p := range models {
		if p == nil {
			return nil, fmt.Errorf("mean of predictions, model %d: %w", m+1, errNoExamples)
		}
		s, err := read(p)
		if err != nil {
			return nil, fmt.Errorf("mean of predictions, model %d: %w", m+1, err)
		}
		if first == nil {
			first, sums = s, make([]float64, len(s.ids)*len(s.classes))
		}
		if err := first.add(sums, s); err != nil {
			return nil, fmt.Errorf("mean of predictions, model %d: %w", m+1, err)
		}
	}
	for i := range sums {
		sums[i] /= float64(len(models))
	}
	return sums, nil
}

// add adds the outputs of another model to sums, in the order of s.
func (s *scored) add(sums []float64, other *scored) error {
	if !slices.Equal(s.classes, other.classes) {
		return classesError(s.classes, other.classes)
	}
	rows, err := matchIDs(s.ids, other.ids, func(i, j int) string {
		if x, y := s.right(i), other.right(j); x != y {
			return fmt.Sprintf("has %s before and %s after", x, y)
		}
		return ""
	})
	if err != nil {
		return err
	}
	for i, j := range rows {
		for class, v := range other.row(j) {
			sums[i*len(s.classes)+class] += v
		}
	}
	return nil
}

func float32s(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
