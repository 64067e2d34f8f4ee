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

// Main returns the comparison of the task's main metric: accuracy, micro F1, mean absolute error or
// entity F1. The difference is after minus before, with its interval and the p-value of the paired
// test; each is nil if it is not defined.
func (c *Comparison) Main() (difference *float64, interval *significance.Interval, p *float64) {
	var d significance.PairedDifference
	switch {
	case c.SingleLabel != nil:
		return &c.SingleLabel.Difference, &c.SingleLabel.Interval, &c.SingleLabel.Test.PValue
	case c.MultiLabel != nil:
		d = c.MultiLabel.MicroF1
	case c.Regression != nil:
		d = c.Regression.MAE
	case c.Tags != nil:
		d = c.Tags.F1
	}
	if d.Test != nil {
		p = &d.Test.PValue
	}
	return d.Difference.Value, d.Difference.Interval, p
}

// String describes the comparison in a few lines.
func (c *Comparison) String() string {
	switch {
	case c.SingleLabel != nil:
		return c.SingleLabel.String()
	case c.MultiLabel != nil:
		return c.MultiLabel.String()
	case c.Regression != nil:
		return c.Regression.String()
	case c.Tags != nil:
		return c.Tags.String()
	}
	return "no comparison"
}
