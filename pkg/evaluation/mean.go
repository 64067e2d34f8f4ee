package evaluation

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Mean returns the predictions of an ensemble of models of the same task: the mean of their probabilities, or of
// their numbers for data.Regression ([metrics.Mean]). The tags of data.TokenClassification are an error: their files
// contain the probability of the given tag only.
func Mean(models ...*classify.TaskPredictions) (*classify.TaskPredictions, error) {
	if len(models) == 0 || models[0] == nil {
		return nil, errors.New("evaluation: no predictions")
	}
	mean := &classify.TaskPredictions{}
	var err error
	switch first := models[0]; {
	case first.Tags != nil:
		return nil, errors.New("the predictions of tags have no mean: they contain the probability of the given tag of each word only")
	case first.MultiLabel != nil:
		mean.MultiLabel, err = meanOf(models, func(p *classify.TaskPredictions) *metrics.MultiLabelPredictions { return p.MultiLabel }, metrics.MeanMultiLabel)
	case first.Regression != nil:
		mean.Regression, err = meanOf(models, func(p *classify.TaskPredictions) *metrics.RegressionPredictions { return p.Regression }, metrics.MeanRegression)
	default:
		mean.SingleLabel, err = meanOf(models, func(p *classify.TaskPredictions) *metrics.Predictions { return p.SingleLabel }, metrics.Mean)
	}
	if err != nil {
		return nil, err
	}
	return mean, nil
}

// InOrder returns the same predictions with the classes in another order. Other names are an error. Those of
// data.Regression, which has none, are returned as they are.
func InOrder(p *classify.TaskPredictions, classes []string) (*classify.TaskPredictions, error) {
	out := &classify.TaskPredictions{}
	var err error
	switch {
	case p == nil:
		return nil, errors.New("evaluation: no predictions")
	case p.MultiLabel != nil:
		out.MultiLabel, err = p.MultiLabel.InOrder(classes)
	case p.Tags != nil:
		out.Tags, err = p.Tags.InOrder(classes)
	case p.SingleLabel != nil:
		out.SingleLabel, err = p.SingleLabel.InOrder(classes)
	default:
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// meanOf returns the mean of the predictions of a task.
func meanOf[P any](models []*classify.TaskPredictions, ofTask func(*classify.TaskPredictions) *P, mean func(...*P) (*P, error)) (*P, error) {
	var list []*P
	for i, m := range models {
		if m == nil || ofTask(m) == nil {
			return nil, fmt.Errorf("model %d has predictions for another task than the first: expected the same task", i+1)
		}
		list = append(list, ofTask(m))
	}
	return mean(list...)
}
