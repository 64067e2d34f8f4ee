package significance

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// meanDifference exchanges the numbers of two sides, and returns the difference of their means.
func meanDifference(before, after []float64) func() Exchange {
	return func() Exchange {
		return func(exchanged []bool, out []float64) {
			var sums [2]float64
			for i, x := range exchanged {
				first, second := before[i], after[i]
				if x {
					first, second = second, first
				}
				sums[0], sums[1] = sums[0]+first, sums[1]+second
			}
			out[0] = (sums[1] - sums[0]) / float64(len(exchanged))
		}
	}
}

// The p-value over all exchanges does not depend on the order of the examples, which changes the last
// digits of their sums, nor on the unit. It is that of whole numbers, whose sums are exact.
func TestPermutationDoesNotDependOnRounding(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		const n = 10
		whole := [2][]float64{make([]float64, n), make([]float64, n)}
		for i := range n {
			base := float64(100_000 + random.IntN(1000))
			whole[0][i], whole[1][i] = base, base+float64(random.IntN(7)-3)
		}
		p := func(unit float64, order []int) float64 {
			t.Helper()
			var sides [2][]float64
			most := 0.0
			for side := range sides {
				for _, i := range order {
					v := whole[side][i] / unit
					sides[side] = append(sides[side], v)
					most = max(most, v)
				}
			}
			tests, err := Bootstrap{}.Permute(t.Context(), n, []float64{Rounding * most}, meanDifference(sides[0], sides[1]))
			if err != nil || !tests[0].Exact {
				t.Fatal(tests, err)
			}
			return tests[0].PValue
		}
		want := p(1, random.Perm(n))
		for _, unit := range []float64{10, 7, 1000, 1e25} {
			for range 3 {
				if got := p(unit, random.Perm(n)); got != want {
					t.Fatalf("in units of %v the p-value is %v, expected %v", unit, got, want)
				}
			}
		}
	}
}

func TestPermutationRefuses(t *testing.T) {
	open := meanDifference([]float64{1, 2}, []float64{2, 2})
	for want, tolerances := range map[string][]float64{
		"tolerance 0 is NaN": {math.NaN()},
		"tolerance 0 is -1":  {-1},
		"of 0 statistics":    nil,
	} {
		if _, err := (Bootstrap{}).Permute(t.Context(), 2, tolerances, open); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
