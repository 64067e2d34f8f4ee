package stratify

import (
	"math"
	"slices"
	"testing"
)

// The sizes of bins differ by one value at most, and each bin has neighbours in the order of the values.
func TestQuantiles(t *testing.T) {
	for seed := range 200 {
		rng := seeded(seed)
		values := make([]float64, 1+rng.IntN(100))
		for i := range values {
			values[i] = math.Round(20 * rng.NormFloat64())
		}
		bins := min(1+rng.IntN(12), len(values))
		of := Quantiles(values, bins, seeded(seed))
		if !slices.Equal(of, Quantiles(values, bins, seeded(seed))) {
			t.Fatalf("seed %d: the same seed gives other bins", seed)
		}
		sizes := make([]int, bins)
		low, high := make([]float64, bins), make([]float64, bins)
		for b := range bins {
			low[b], high[b] = math.Inf(1), math.Inf(-1)
		}
		for i, b := range of {
			sizes[b]++
			low[b], high[b] = min(low[b], values[i]), max(high[b], values[i])
		}
		if slices.Max(sizes)-slices.Min(sizes) > 1 {
			t.Errorf("seed %d: bins of %v values", seed, sizes)
		}
		for a := range bins {
			for b := range bins {
				if a != b && low[a] < low[b] && high[a] > low[b] {
					t.Errorf("seed %d: bins from %v to %v and from %v to %v overlap", seed, low[a], high[a], low[b], high[b])
				}
			}
		}
	}
}

// Equal values have no order: their bins depend on the seed, in equal numbers.
func TestQuantilesOfEqualValues(t *testing.T) {
	of := Quantiles(make([]float64, 40), 4, seeded(1))
	for b := range 4 {
		if n := len(slices.DeleteFunc(slices.Clone(of), func(other int) bool { return other != b })); n != 10 {
			t.Errorf("%d values in bin %d", n, b)
		}
	}
	if slices.Equal(of, Quantiles(make([]float64, 40), 4, seeded(2))) {
		t.Error("another seed gives the same bins")
	}
	if got := Quantiles([]float64{3}, 1, seeded(1)); !slices.Equal(got, []int{0}) {
		t.Errorf("bins %v", got)
	}
}
