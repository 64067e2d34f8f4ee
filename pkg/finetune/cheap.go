package finetune

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/lorabook/lorabook/pkg/baselines"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
)

// CheapBaselines are the results of answers without BERT to the test examples, from the training
// examples (package baselines, in seconds). A trained BERT that is no better is not needed. The
// field of the experiment's task is set.
type CheapBaselines struct {
	SingleLabel *CheapPair[metrics.Metrics]           `json:"single_label,omitempty"` // the constant is the majority class
	MultiLabel  *CheapPair[metrics.MultiLabelMetrics] `json:"multi_label,omitempty"`  // the constants are the label frequencies
	Regression  *CheapPair[metrics.RegressionMetrics] `json:"regression,omitempty"`   // the constant is the mean
	// Reason is why there is no bag of words: for example, the texts have no words.
	Reason  string  `json:"reason,omitempty"`
	Seconds float64 `json:"seconds"`
}

// CheapPair contains the results of two baselines.
type CheapPair[M any] struct {
	Constant   *M `json:"constant"`               // the same answer to every example
	BagOfWords *M `json:"bag_of_words,omitempty"` // a linear model of the words
}

// CheapComparison compares the bag of words ("before") with the trained model ("after"). The
// field of the experiment's task is set.
type CheapComparison struct {
	SingleLabel *metrics.Comparison           `json:"single_label,omitempty"`
	MultiLabel  *metrics.MultiLabelComparison `json:"multi_label,omitempty"`
	Regression  *metrics.RegressionComparison `json:"regression,omitempty"`
}

// cheapBaselines computes the baselines. The error is that of a context that ended.
func (r *Run) cheapBaselines(ctx context.Context, e *splits.Examples) (c *CheapBaselines, err error) {
	began := time.Now()
	c = &CheapBaselines{}
	bootstrap := metrics.Bootstrap{Seed: r.Experiment.Seed}
	var reason error
	switch cmp.Or(r.Experiment.Task, data.SingleLabel) {
	case data.SingleLabel:
		c.SingleLabel, reason = cheapPair(metrics.Measure,
			func() (*metrics.Predictions, error) { return baselines.MajorityClass(e.Labels, e.Train, e.Test) },
			func() (*metrics.Predictions, error) { return baselines.BagOfWords(ctx, e.Labels, e.Train, e.Test) })
	case data.MultiLabel:
		measure := func(p *metrics.MultiLabelPredictions) (*metrics.MultiLabelMetrics, error) {
			return metrics.MeasureMultiLabel(ctx, p, bootstrap)
		}
		c.MultiLabel, reason = cheapPair(measure,
			func() (*metrics.MultiLabelPredictions, error) {
				return baselines.LabelFrequencies(e.Labels, e.Train, e.Test)
			},
			func() (*metrics.MultiLabelPredictions, error) {
				return baselines.BagOfWordsMultiLabel(ctx, e.Labels, e.Train, e.Test)
			})
	case data.Regression:
		measure := func(p *metrics.RegressionPredictions) (*metrics.RegressionMetrics, error) {
			return metrics.MeasureRegression(ctx, p, bootstrap)
		}
		c.Regression, reason = cheapPair(measure,
			func() (*metrics.RegressionPredictions, error) { return baselines.Mean(e.Train, e.Test) },
			func() (*metrics.RegressionPredictions, error) {
				return baselines.BagOfWordsRegression(ctx, e.Train, e.Test)
			})
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if reason != nil {
		c.Reason = reason.Error()
	}
	c.Seconds = time.Since(began).Seconds()
	return c, nil
}

// cheapPair measures two baselines, as far as there is no error.
func cheapPair[P, M any](measure func(*P) (*M, error), constant, words func() (*P, error)) (*CheapPair[M], error) {
	pair := &CheapPair[M]{}
	p, err := constant()
	if err != nil {
		return nil, err
	}
	if pair.Constant, err = measure(p); err != nil {
		return nil, err
	}
	if p, err = words(); err != nil {
		return pair, err
	}
	pair.BagOfWords, err = measure(p)
	return pair, err
}

// String describes the results in one line.
func (c *CheapBaselines) String() string {
	var text string
	switch {
	case c.SingleLabel != nil:
		text = c.SingleLabel.text("majority class", func(m *metrics.Metrics) string { return fmt.Sprintf("%.1f %%", 100*m.Accuracy) })
	case c.MultiLabel != nil:
		text = c.MultiLabel.text("label frequencies", func(m *metrics.MultiLabelMetrics) string {
			return fmt.Sprintf("micro F1 %.3f (mean ROC AUC %v)", m.MicroF1, m.ROCAUC)
		})
	case c.Regression != nil:
		text = c.Regression.text("mean", func(m *metrics.RegressionMetrics) string {
			return fmt.Sprintf("MAE %.4g", *m.MAE.Value)
		})
	}
	if c.Reason != "" {
		if text != "" {
			text += "; "
		}
		text += c.Reason
	}
	return text
}

func (p *CheapPair[M]) text(constant string, measure func(*M) string) string {
	text := constant + " " + measure(p.Constant)
	if p.BagOfWords != nil {
		text += ", bag of words " + measure(p.BagOfWords)
	}
	return text
}

// compareCheap compares the bag of words with the predictions of the trained model: a
// *metrics.Predictions, *metrics.MultiLabelPredictions or *metrics.RegressionPredictions. It
// returns nil if there is no bag of words. The changed examples are left out; they would fill the
// report.
func (r *Run) compareCheap(ctx context.Context, trained any) (*CheapComparison, error) {
	e, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	c := &CheapComparison{}
	bootstrap := metrics.Bootstrap{Seed: r.Experiment.Seed}
	var without, failed error
	switch after := trained.(type) {
	case *metrics.Predictions:
		var words *metrics.Predictions
		if words, without = baselines.BagOfWords(ctx, e.Labels, e.Train, e.Test); without == nil {
			if c.SingleLabel, failed = metrics.Compare(ctx, words, after, bootstrap); failed == nil {
				c.SingleLabel.Flips = []metrics.Flip{}
			}
		}
	case *metrics.MultiLabelPredictions:
		var words *metrics.MultiLabelPredictions
		if words, without = baselines.BagOfWordsMultiLabel(ctx, e.Labels, e.Train, e.Test); without == nil {
			if c.MultiLabel, failed = metrics.CompareMultiLabel(ctx, words, after, bootstrap); failed == nil {
				c.MultiLabel.Flips = []metrics.MultiLabelFlip{}
			}
		}
	case *metrics.RegressionPredictions:
		var words *metrics.RegressionPredictions
		if words, without = baselines.BagOfWordsRegression(ctx, e.Train, e.Test); without == nil {
			c.Regression, failed = metrics.CompareRegression(ctx, words, after, bootstrap)
		}
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case failed != nil:
		return nil, fmt.Errorf("bag of words and the trained model: %w", failed)
	case without != nil:
		return nil, nil // baseline.json states the reason
	}
	return c, nil
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
