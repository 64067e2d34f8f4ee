package study

import (
	"slices"

	"github.com/lorabook/lorabook/internal/stats"
)

// Accuracies returns the mean, the lowest and the highest accuracy on the test examples over the
// seeds, 0 to 1.
func (r *Result) Accuracies() (mean, low, high float64) {
	var all []float64
	for _, report := range r.Reports {
		all = append(all, report.After.Accuracy)
		mean += report.After.Accuracy / float64(len(r.Reports))
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
