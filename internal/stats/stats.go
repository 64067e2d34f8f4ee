// Package stats computes statistics that several packages need:
//
//	seconds := stats.Median([]float64{3, 1, 2}) // 2
package stats

import (
	"math"
	"slices"
)

// Median returns the middle value, or the mean of the two middle values. The values need not
// be sorted; of none, the median is NaN.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Mean returns the arithmetic mean; of no values it is NaN.
func Mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
