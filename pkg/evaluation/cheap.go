package evaluation

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

// MeasureCheap computes the baselines of a task; "" is data.SingleLabel. seed is that of the
// intervals. The error is that of a context that ended.
func MeasureCheap(ctx context.Context, task data.Task, e *splits.Examples, seed int64) (c *CheapBaselines, err error) {
	began := time.Now()
	c = &CheapBaselines{}
	bootstrap := metrics.Bootstrap{Seed: seed}
	var reason error
	switch cmp.Or(task, data.SingleLabel) {
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
