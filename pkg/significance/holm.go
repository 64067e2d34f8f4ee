package significance

import (
	"cmp"
	"fmt"
	"slices"
)

// Holm adjusts the p-values of several tests (Holm 1979,
// https://www.jstor.org/stable/4615733). If each adjusted value is compared with 0.05, the
// probability of at least one false positive among all tests is at most 5 %, whether the tests
// depend on one another or not. The result is in the order of the argument. A value outside 0
// to 1 is an error.
func Holm(pValues ...float64) ([]float64, error) {
	order := make([]int, len(pValues))
	for i, p := range pValues {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("correction by Holm's method: p-value %d is %v, expected 0 to 1", i, p)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(pValues[i], pValues[j]) })
	adjusted, least := make([]float64, len(pValues)), 0.0
	for rank, i := range order {
		least = max(least, min(1, float64(len(order)-rank)*pValues[i]))
		adjusted[i] = least
	}
	return adjusted, nil
}
