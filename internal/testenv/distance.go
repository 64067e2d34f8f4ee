package testenv

import "math"

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
