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

// RelativeDistance returns the Euclidean distance of two vectors of one length, divided by
// the norm of want.
func RelativeDistance(got, want []float32) float64 {
	var distance, norm float64
	for i, w := range want {
		distance += math.Pow(float64(got[i]-w), 2)
		norm += math.Pow(float64(w), 2)
	}
	return math.Sqrt(distance / norm)
}
