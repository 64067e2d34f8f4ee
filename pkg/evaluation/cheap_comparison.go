package evaluation

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// CheapComparison compares the bag of words ("before") with the trained model ("after"). The
// field of the experiment's task is set.
type CheapComparison struct {
	SingleLabel *metrics.Comparison           `json:"single_label,omitempty"`
	MultiLabel  *metrics.MultiLabelComparison `json:"multi_label,omitempty"`
	Regression  *metrics.RegressionComparison `json:"regression,omitempty"`
}

// CompareCheap compares the predictions of the bag of words with those of the trained model for the
// same test examples. The changed examples are left out; they would fill the report. seed is that of
// the intervals.
func CompareCheap(ctx context.Context, words, trained *classify.TaskPredictions, seed int64) (*CheapComparison, error) {
	c, err := Compare(ctx, words, trained, seed)
	if err != nil {
		return nil, fmt.Errorf("bag of words and the trained model: %w", err)
	}
	if c.SingleLabel != nil {
		c.SingleLabel.Flips = []metrics.Flip{}
	}
	if c.MultiLabel != nil {
		c.MultiLabel.Flips = []metrics.MultiLabelFlip{}
	}
	return (*CheapComparison)(c), nil
}

// String answers the question whether BERT is needed, in one line.
func (c *CheapComparison) String() string {
	switch {
	case c.SingleLabel != nil:
		s := c.SingleLabel
		return fmt.Sprintf("bag of words %.1f %%, BERT %+.1f points, 95 %% interval %+.1f to %+.1f, McNemar p = %.2g: %s",
			100*s.AccuracyBefore, 100*s.Difference, 100*s.Interval.Low, 100*s.Interval.High, s.Test.PValue, verdict(s.Difference, s.Test.PValue))
	case c.MultiLabel != nil:
		return pairedText("micro F1", c.MultiLabel.MicroF1, 1)
	case c.Regression != nil:
		return pairedText("MAE", c.Regression.MAE, -1)
	}
	return ""
}

// pairedText describes a difference. A positive difference times better is an improvement.
func pairedText(what string, d metrics.PairedDifference, better float64) string {
	if d.Difference.Value == nil || d.Test == nil {
		return fmt.Sprintf("bag of words: %s %v", what, d.Difference)
	}
	interval := ""
	if i := d.Difference.Interval; i != nil {
		interval = fmt.Sprintf(", 95 %% interval %+.4g to %+.4g", i.Low, i.High)
	}
	return fmt.Sprintf("bag of words: %s %.4g, BERT %+.4g%s, permutation p = %.2g: %s",
		what, *d.Before, *d.Difference.Value, interval, d.Test.PValue, verdict(better**d.Difference.Value, d.Test.PValue))
}

// verdict states what a comparison with the bag of words shows, at the level of 5 %.
func verdict(improvement, p float64) string {
	switch {
	case p < 0.05 && improvement > 0:
		return "BERT is better"
	case p < 0.05:
		return "BERT is worse, a bag of words is the better choice"
	}
	return "no difference is shown, BERT may not be needed"
}
