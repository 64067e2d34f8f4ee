package evaluation

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// CheapComparison compares the bag of words, or for data.TokenClassification the most frequent tag
// of each word ("before"), with the trained model ("after"). The field of the experiment's task is
// set.
type CheapComparison struct {
	SingleLabel *metrics.Comparison           `json:"single_label,omitempty"`
	MultiLabel  *metrics.MultiLabelComparison `json:"multi_label,omitempty"`
	Regression  *metrics.RegressionComparison `json:"regression,omitempty"`
	Tags        *metrics.TagComparison        `json:"tags,omitempty"` // the most frequent tag of each word
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
	if c.Tags != nil {
		c.Tags.Flips = []metrics.TagFlip{}
	}
	return (*CheapComparison)(c), nil
}

// String answers the question whether BERT is needed, in one line.
func (c *CheapComparison) String() string {
	switch {
	case c.SingleLabel != nil:
		s := c.SingleLabel
		points := func(difference float64) string { return numerals.Points(difference, s.Examples) }
		return fmt.Sprintf("bag of words %s %%, BERT %s points, %s, %s: %s",
			numerals.Percent(s.AccuracyBefore, s.Examples), points(s.Difference), s.Interval.Text(points), s.Test, verdict(bagOfWords, s.Difference, s.Test.PValue))
	case c.MultiLabel != nil:
		return pairedText(bagOfWords, "micro F1", c.MultiLabel.MicroF1, 1)
	case c.Regression != nil:
		return pairedText(bagOfWords, "MAE", c.Regression.MAE, -1)
	case c.Tags != nil:
		return pairedText(wordTags, "entity F1", c.Tags.F1, 1)
	}
	return ""
}

// pairedText describes a difference. A positive difference times better is an improvement.
func pairedText(words, what string, d significance.PairedDifference, better float64) string {
	if d.Difference.Value == nil || d.Test == nil {
		return fmt.Sprintf("%s: %s %v", words, what, d.Difference)
	}
	interval := fmt.Sprintf(" (no interval: %s)", d.Difference.Reason)
	if i := d.Difference.Interval; i != nil {
		interval = ", " + i.Text(func(v float64) string { return numerals.Signed(v, 4) })
	}
	return fmt.Sprintf("%s: %s %s, BERT %s%s, %s: %s",
		words, what, numerals.Number(*d.Before, 4), numerals.Signed(*d.Difference.Value, 4), interval, d.Test, verdict(words, better**d.Difference.Value, d.Test.PValue))
}

// verdict states what a comparison with the bag of words shows, at the level of 5 %.
func verdict(words string, improvement, p float64) string {
	switch {
	case p < 0.05 && improvement > 0:
		return "BERT is better"
	case p < 0.05:
		article := "the"
		if words == bagOfWords {
			article = "a"
		}
		return fmt.Sprintf("BERT is worse, %s %s is the better choice", article, words)
	}
	return "these examples do not show which is better"
}
