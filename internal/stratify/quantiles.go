package stratify

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Quantiles returns the bin of each value, from 0 to bins-1: the values in ascending order, cut
// into bins whose sizes differ by one value at most. Equal values are ordered at random, so that they can be
// in several bins, and all-equal values are in random ones. The numbers of the bins are in random
// order, those of larger bins first, so that a draw that prefers low numbers prefers no low values
// and keeps the shares of the bins.
func Quantiles(values []float64, bins int, rng *rand.Rand) []int {
	order := rng.Perm(len(values))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	of := make([]int, len(values))
	sizes := make([]int, bins)
	for rank := range order {
		sizes[rank*bins/len(values)]++
	}
	bySize := rng.Perm(bins)
	slices.SortStableFunc(bySize, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	numbers := make([]int, bins)
	for number, bin := range bySize {
		numbers[bin] = number
	}
	for rank, at := range order {
		of[at] = numbers[rank*bins/len(values)]
	}
	return of
}
