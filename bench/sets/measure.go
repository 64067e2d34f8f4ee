package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
)

// score is the accuracy on the test examples with its 95 % interval.
type score struct {
	metrics.Interval
	value float64
}

// String writes percent.
func (s score) String() string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*s.value, 100*s.Low, 100*s.High)
}

func scoreOf(m *metrics.Metrics) score { return score{m.AccuracyInterval, m.Accuracy} }

// measured contains the results of a set with one class per example.
type measured struct {
	train, validation, test int
	majority, words         score   // answers without BERT
	before, after           score   // BERT
	seconds                 float64 // of the training and both evaluations
	notes, warnings         []string
}

// experiment returns the experiment on the set at source.
func (s settings) experiment(set set, source string) finetune.Experiment {
	return finetune.Experiment{
		Task: set.Settings.Task,
		Data: splits.Config{
			Source: source, Columns: set.Settings.Columns, BadRows: set.Settings.BadRows,
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

// errNotMeasured is the error of a task that is read but not trained here.
var errNotMeasured = errors.New("only tasks with one class per example are measured")

// measure trains on the set at source, and measures BERT and the answers without it on the same
// test examples.
func (s settings) measure(ctx context.Context, set set, source string) (*measured, error) {
	if task := set.Settings.Task; task != "" && task != data.SingleLabel {
		return nil, errNotMeasured
	}
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
	if baseline.Cheap.SingleLabel == nil || baseline.Cheap.SingleLabel.BagOfWords == nil {
		return nil, fmt.Errorf("no bag of words: %s", baseline.Cheap.Reason)
	}
	report, err := r.Report(ctx)
	if err != nil {
		return nil, err
	}
	return &measured{
		train: len(examples.Train), validation: len(examples.Validation), test: len(examples.Test),
		majority: scoreOf(baseline.Cheap.SingleLabel.Constant), words: scoreOf(baseline.Cheap.SingleLabel.BagOfWords),
		before: scoreOf(report.Before), after: scoreOf(report.After), notes: examples.Notes, warnings: baseline.Warnings, seconds: report.BaselineSeconds + report.Training.Seconds + report.AfterSeconds,
	}, nil
}
