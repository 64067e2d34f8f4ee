package study

import (
	"slices"

	"github.com/lorabook/lorabook/internal/stats"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// Metric is the number by which variants are compared.
type Metric struct {
	Name          string // "accuracy", "micro F1", "mean absolute error" or "entity F1"
	LowerIsBetter bool   // of an error
}

// Metric returns the metric of the task: the accuracy of data.SingleLabel, the micro F1 of
// data.MultiLabel, the mean absolute error of data.Regression, the entity F1 of
// data.TokenClassification.
func (r *Result) Metric() Metric {
	switch report := r.Reports[0]; {
	case report.MultiLabel != nil:
		return Metric{Name: "micro F1"}
	case report.Regression != nil:
		return Metric{Name: "mean absolute error", LowerIsBetter: true}
	case report.Tags != nil:
		return Metric{Name: "entity F1"}
	}
	return Metric{Name: "accuracy"}
}

// score returns the metric of a training.
func score(report *finetune.Report) float64 {
	switch {
	case report.MultiLabel != nil:
		return report.MultiLabel.After.MicroF1
	case report.Regression != nil:
		return *report.Regression.After.MAE.Value // defined for every set of examples
	case report.Tags != nil:
		return report.Tags.After.F1
	}
	return report.After.Accuracy
}

// Examples is the number of test examples.
func (r *Result) Examples() int {
	switch report := r.Reports[0]; {
	case report.MultiLabel != nil:
		return report.MultiLabel.After.Examples
	case report.Regression != nil:
		return report.Regression.After.Examples
	case report.Tags != nil:
		return report.Tags.After.Sentences
	}
	return r.Reports[0].After.Examples
}

// Scores returns the mean, the lowest and the highest value of the metric on the test examples over
// the seeds; accuracies and F1 are 0 to 1.
func (r *Result) Scores() (mean, low, high float64) {
	var all []float64
	for _, report := range r.Reports {
		all = append(all, score(report))
		mean += score(report) / float64(len(r.Reports))
	}
	low, high = slices.Min(all), slices.Max(all)
	return min(max(mean, low), high), low, high // the sum of quotients has a rounding error
}

// SecondsPerEpoch is the median over the seeds of the time of an epoch
// ([finetune.Trained.SecondsPerEpoch]).
func (r *Result) SecondsPerEpoch() float64 {
	var all []float64
	for _, report := range r.Reports {
		all = append(all, report.Training.SecondsPerEpoch())
	}
	return stats.Median(all)
}

// PeakBytes is the lowest peak memory of the trainings; 0 if the system does not report it. A
// training after another one in the same process includes what that one left, so the lowest is
// nearest to that of a training alone.
func (r *Result) PeakBytes() int64 {
	var all []int64
	for _, report := range r.Reports {
		all = append(all, report.Training.PeakBytes)
	}
	return slices.Min(all)
}
