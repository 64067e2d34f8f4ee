package evaluation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/baselines"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/splits"
)

// CheapBaselines are the results of answers without BERT to the test examples, from the training
// examples (package baselines, in seconds). A trained BERT that is no better is not needed. The
// field of the experiment's task is set.
type CheapBaselines struct {
	SingleLabel *CheapPair[metrics.Metrics]           `json:"single_label,omitempty"` // the constant is the majority class
	MultiLabel  *CheapPair[metrics.MultiLabelMetrics] `json:"multi_label,omitempty"`  // the constants are the label frequencies
	Regression  *CheapPair[metrics.RegressionMetrics] `json:"regression,omitempty"`   // the constant is the mean
	// Tags are the most frequent tag of all words, and the most frequent tag of each word.
	Tags *CheapPair[metrics.TagMetrics] `json:"tags,omitempty"`
	// Reason is why there is no bag of words: for example, the texts have no words.
	Reason  string  `json:"reason,omitempty"`
	Seconds float64 `json:"seconds"`
}

// CheapPair contains the results of two baselines.
type CheapPair[M any] struct {
	Constant   *M `json:"constant"`               // the same answer to every example
	BagOfWords *M `json:"bag_of_words,omitempty"` // a linear model of the words
}

// MeasureCheap computes the baselines of a task; "" is data.SingleLabel. It also returns the
// predictions of the bag of words, which are nil if there is none. seed is that of the intervals.
// The error is that of a context that ended.
func MeasureCheap(ctx context.Context, task data.Task, e *splits.Examples, seed int64) (*CheapBaselines, *classify.TaskPredictions, error) {
	if e == nil {
		return nil, nil, errors.New("evaluation: no examples")
	}
	began := time.Now()
	c := &CheapBaselines{}
	words, reason := BagOfWords(ctx, task, e)
	if reason != nil {
		words = nil
	}
	if err := c.measure(ctx, task, e, words, seed); err != nil {
		reason = err
	}
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if reason != nil {
		c.Reason = reason.Error()
	}
	c.Seconds = time.Since(began).Seconds()
	return c, words, nil
}

// BagOfWords fits a bag of words, or for data.TokenClassification the most frequent tag of each
// word, to the training examples and returns its predictions for the test
// examples. The task "" is data.SingleLabel. The error is why there is none: for example, the texts
// have no words.
func BagOfWords(ctx context.Context, task data.Task, e *splits.Examples) (p *classify.TaskPredictions, err error) {
	if e == nil {
		return nil, errors.New("evaluation: no examples")
	}
	p = &classify.TaskPredictions{}
	switch task {
	case data.MultiLabel:
		p.MultiLabel, err = baselines.BagOfWordsMultiLabel(ctx, e.Labels, e.Train, e.Test)
	case data.Regression:
		p.Regression, err = baselines.BagOfWordsRegression(ctx, e.Train, e.Test)
	case data.TokenClassification:
		p.Tags, err = baselines.WordTags(ctx, e.Labels, e.Train, e.Test)
	default:
		p.SingleLabel, err = baselines.BagOfWords(ctx, e.Labels, e.Train, e.Test)
	}
	return p, err
}

// measure measures the constant answers, and the bag of words if there is one.
func (c *CheapBaselines) measure(ctx context.Context, task data.Task, e *splits.Examples, words *classify.TaskPredictions, seed int64) (err error) {
	bootstrap := significance.Bootstrap{Seed: seed}
	if words == nil {
		words = &classify.TaskPredictions{}
	}
	switch task {
	case data.MultiLabel:
		constant, err := baselines.LabelFrequencies(e.Labels, e.Train, e.Test)
		if err != nil {
			return err
		}
		c.MultiLabel, err = cheapPair(constant, words.MultiLabel, func(p *metrics.MultiLabelPredictions) (*metrics.MultiLabelMetrics, error) {
			return metrics.MeasureMultiLabel(ctx, p, bootstrap)
		})
		return err
	case data.Regression:
		constant, err := baselines.Mean(e.Train, e.Test)
		if err != nil {
			return err
		}
		c.Regression, err = cheapPair(constant, words.Regression, func(p *metrics.RegressionPredictions) (*metrics.RegressionMetrics, error) {
			return metrics.MeasureRegression(ctx, p, bootstrap)
		})
		return err
	case data.TokenClassification:
		constant, err := baselines.MajorityTag(e.Labels, e.Train, e.Test)
		if err != nil {
			return err
		}
		c.Tags, err = cheapPair(constant, words.Tags, func(p *metrics.TagPredictions) (*metrics.TagMetrics, error) {
			return metrics.MeasureTags(ctx, p, bootstrap)
		})
		return err
	}
	constant, err := baselines.MajorityClass(e.Labels, e.Train, e.Test)
	if err != nil {
		return err
	}
	c.SingleLabel, err = cheapPair(constant, words.SingleLabel, metrics.Measure)
	return err
}

// cheapPair measures two baselines, as far as there is no error. words may be nil.
func cheapPair[P, M any](constant, words *P, measure func(*P) (*M, error)) (pair *CheapPair[M], err error) {
	pair = &CheapPair[M]{}
	if pair.Constant, err = measure(constant); err != nil {
		return nil, err
	}
	if words != nil {
		pair.BagOfWords, err = measure(words)
	}
	return pair, err
}

// String describes the results in one line.
func (c *CheapBaselines) String() string {
	var text string
	switch {
	case c.SingleLabel != nil:
		text = c.SingleLabel.text("majority class", bagOfWords, func(m *metrics.Metrics) string { return numerals.Percent(m.Accuracy, m.Examples) + " %" })
	case c.MultiLabel != nil:
		text = c.MultiLabel.text("label frequencies", bagOfWords, func(m *metrics.MultiLabelMetrics) string {
			return fmt.Sprintf("micro F1 %.3f (mean ROC AUC %v)", m.MicroF1, m.ROCAUC)
		})
	case c.Regression != nil:
		text = c.Regression.text("mean", bagOfWords, func(m *metrics.RegressionMetrics) string {
			return "MAE " + numerals.Number(*m.MAE.Value, 4)
		})
	case c.Tags != nil:
		text = c.Tags.text("most frequent tag", wordTags, func(m *metrics.TagMetrics) string { return fmt.Sprintf("entity F1 %.3f", m.F1) })
	}
	if c.Reason != "" {
		if text != "" {
			text += "; "
		}
		text += c.Reason
	}
	return text
}

// Names of the baselines of words.
const (
	bagOfWords = "bag of words"
	wordTags   = "most frequent tag of each word"
)

func (p *CheapPair[M]) text(constant, words string, measure func(*M) string) string {
	text := constant + " " + measure(p.Constant)
	if p.BagOfWords != nil {
		text += ", " + words + " " + measure(p.BagOfWords)
	}
	return text
}
