package evaluation

import (
	"context"
	"errors"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Comparison compares the predictions of two models for the same examples, one example at a time.
// The field of the task is set.
type Comparison struct {
	SingleLabel *metrics.Comparison           `json:"single_label,omitempty"`
	MultiLabel  *metrics.MultiLabelComparison `json:"multi_label,omitempty"`
	Regression  *metrics.RegressionComparison `json:"regression,omitempty"`
	Tags        *metrics.TagComparison        `json:"tags,omitempty"`
}

// Compare compares the predictions of two models of the same task. seed is that of the intervals
// and tests.
func Compare(ctx context.Context, before, after *classify.TaskPredictions, seed int64) (*Comparison, error) {
	if before == nil || after == nil {
		return nil, errors.New("evaluation: no predictions")
	}
	bootstrap := significance.Bootstrap{Seed: seed}
	c := &Comparison{}
	var err error
	switch {
	case after.MultiLabel != nil:
		c.MultiLabel, err = metrics.CompareMultiLabel(ctx, before.MultiLabel, after.MultiLabel, bootstrap)
	case after.Regression != nil:
		c.Regression, err = metrics.CompareRegression(ctx, before.Regression, after.Regression, bootstrap)
	case after.Tags != nil:
		c.Tags, err = metrics.CompareTags(ctx, before.Tags, after.Tags, bootstrap)
	default:
		c.SingleLabel, err = metrics.Compare(ctx, before.SingleLabel, after.SingleLabel, bootstrap)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}
