package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/splits"
)

// score is a metric on the test examples with its 95 % interval. The zero value is undefined:
// Pearson's correlation of a constant.
type score struct {
	significance.Interval
	value   float64
	defined bool
}

// String writes percent.
func (s score) String() string {
	if !s.defined {
		return "undefined"
	}
	percent := func(v float64) string { return fmt.Sprintf("%.1f", 100*v) }
	return percent(s.value) + s.Brackets(percent)
}

func accuracyOf(m *metrics.Metrics) score { return score{m.AccuracyInterval, m.Accuracy, true} }

func microF1Of(m *metrics.MultiLabelMetrics) score { return score{m.MicroF1Interval, m.MicroF1, true} }

func pearsonOf(m *metrics.RegressionMetrics) score {
	switch {
	case m.Pearson.Value == nil:
		return score{}
	case m.Pearson.Interval == nil:
		return score{significance.Interval{Low: *m.Pearson.Value, High: *m.Pearson.Value}, *m.Pearson.Value, true}
	}
	return score{*m.Pearson.Interval, *m.Pearson.Value, true}
}

// measured contains the results of a set.
type measured struct {
	train, validation, test int
	metric                  string  // name of the scores' metric
	constant, words         score   // answers without BERT
	before, after           score   // BERT
	seconds                 float64 // of the training and both evaluations
	notes, warnings         []string
}

// experiment returns the experiment on the set at source.
func (s settings) experiment(set set, source string) finetune.Experiment {
	return finetune.Experiment{
		Task: set.Settings.Task,
		Data: splits.Config{
			Source: source, Columns: set.Settings.Columns, BadRows: set.Settings.BadRows, Header: set.Settings.Header,
			Train: limit(s.train, set.Want.Train), Test: limit(s.test, set.Want.Test), MaxLength: s.maxLength,
		},
		Training: finetune.Training{Epochs: s.epochs},
	}
}

// limit returns the setting of a number of examples: most, or 0, lorabook's default, for a data
// set that may have fewer.
func limit(most, found int) int {
	if found < 2*most {
		return 0
	}
	return most
}

// measure trains on the set at source, and measures BERT and the answers without it on the same
// test examples.
func (s settings) measure(ctx context.Context, set set, source string) (*measured, error) {
	r, err := finetune.Open(filepath.Join(s.runs, set.Name), s.experiment(set, source), finetune.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	baseline, err := r.Baseline(ctx)
	if err != nil {
		return nil, err
	}
	report, err := r.Report(ctx)
	if err != nil {
		return nil, err
	}
	m := &measured{
		train: len(examples.Train), validation: len(examples.Validation), test: len(examples.Test),
		notes: examples.Notes, warnings: baseline.Warnings, seconds: report.BaselineSeconds + report.Training.Seconds + report.AfterSeconds,
	}
	return m, m.add(baseline.Cheap, report)
}

// add adds the scores of the set's task.
func (m *measured) add(cheap *evaluation.CheapBaselines, report *finetune.Report) error {
	ok := false
	switch {
	case report.MultiLabel != nil:
		m.metric, m.before, m.after = "micro F1", microF1Of(report.MultiLabel.Before), microF1Of(report.MultiLabel.After)
		m.constant, m.words, ok = cheapScores(cheap.MultiLabel, microF1Of)
	case report.Regression != nil:
		m.metric, m.before, m.after = "Pearson", pearsonOf(report.Regression.Before), pearsonOf(report.Regression.After)
		m.constant, m.words, ok = cheapScores(cheap.Regression, pearsonOf)
	default:
		m.metric, m.before, m.after = "accuracy", accuracyOf(report.Before), accuracyOf(report.After)
		m.constant, m.words, ok = cheapScores(cheap.SingleLabel, accuracyOf)
	}
	if !ok {
		return fmt.Errorf("no bag of words: %s", cheap.Reason)
	}
	return nil
}

// cheapScores returns the scores of both answers without BERT, unless one is missing.
func cheapScores[M any](pair *evaluation.CheapPair[M], of func(*M) score) (constant, words score, ok bool) {
	if pair == nil || pair.Constant == nil || pair.BagOfWords == nil {
		return score{}, score{}, false
	}
	return of(pair.Constant), of(pair.BagOfWords), true
}
