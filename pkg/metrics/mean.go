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
	means, err := mean(models, func(first, p *Predictions) ([]int, func(int) []float64, error) {
		a, err := p.answers()
		if err != nil {
			return nil, nil, err
		}
		if !slices.Equal(first.Classes, p.Classes) {
			return nil, nil, classesError(first.Classes, p.Classes)
		}
		rows, err := matchIDs(first.IDs, p.IDs, func(i, j int) string {
			if x, y := first.Labels[i], p.Labels[j]; x != y {
				return fmt.Sprintf("has label %q before and label %q after", p.Classes[x], p.Classes[y])
			}
			return ""
		})
		return rows, a.row, err
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
	means, err := mean(models, func(first, p *MultiLabelPredictions) ([]int, func(int) []float64, error) {
		a, err := p.answers()
		if err != nil {
			return nil, nil, err
		}
		rows, err := matchMultiLabel(first, p)
		return rows, a.row, err
	})
	if err != nil {
		return nil, err
	}
	first := models[0]
	return &MultiLabelPredictions{Classes: first.Classes, IDs: first.IDs, Labels: first.Labels, Probabilities: float32s(means)}, nil
}

// MeanRegression is [Mean] for a number per example: the answer is the mean of the models' answers.
func MeanRegression(models ...*RegressionPredictions) (*RegressionPredictions, error) {
	means, err := mean(models, func(first, p *RegressionPredictions) ([]int, func(int) []float64, error) {
		if err := p.Validate(); err != nil {
			return nil, nil, err
		}
		rows, err := matchRegression(first, p)
		return rows, func(i int) []float64 { return p.Answers[i : i+1] }, err
	})
	if err != nil {
		return nil, err
	}
	return &RegressionPredictions{IDs: models[0].IDs, Values: models[0].Values, Answers: means}, nil
}

// mean returns the mean outputs of models, [examples, classes], in the order of the first. read validates the
// predictions of a model, and returns its row for each row of the first, and the outputs of a row.
func mean[P any](models []*P, read func(first, p *P) (rows []int, outputs func(row int) []float64, err error)) ([]float64, error) {
	if len(models) < 2 {
		return nil, fmt.Errorf("mean of predictions: found %d models, expected at least 2", len(models))
	}
	var sums []float64
	for m, p := range models {
		if p == nil {
			return nil, fmt.Errorf("mean of predictions, model %d: %w", m+1, errNoExamples)
		}
		rows, outputs, err := read(models[0], p)
		if err != nil {
			return nil, fmt.Errorf("mean of predictions, model %d: %w", m+1, err)
		}
		for i, j := range rows {
			values := outputs(j)
			if sums == nil {
				sums = make([]float64, len(rows)*len(values))
			}
			for class, v := range values {
				sums[i*len(values)+class] += v
			}
		}
	}
	for i := range sums {
		sums[i] /= float64(len(models))
	}
	return sums, nil
}

func float32s(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
