package metrics

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// Whole numbers and tenths of them have the same p-values, although the errors of tenths are not exact, and so
// have numbers in a tiny unit.
func TestPermutationsOfRegressionDoNotDependOnTheUnit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		const n = 9
		var before, after RegressionPredictions
		for i := range n {
			id, value := fmt.Sprint(i), float64(20_000+random.IntN(500))
			before.IDs, before.Values, before.Answers = append(before.IDs, id), append(before.Values, value), append(before.Answers, value+float64(1+random.IntN(4)))
			after.IDs, after.Values, after.Answers = append(after.IDs, id), append(after.Values, value), append(after.Answers, value-float64(random.IntN(5)))
		}
		in := func(unit float64) [2]float64 {
			scaled := [2]*RegressionPredictions{{IDs: before.IDs}, {IDs: after.IDs}}
			for side, p := range []*RegressionPredictions{&before, &after} {
				for i := range n {
					scaled[side].Values = append(scaled[side].Values, p.Values[i]/unit)
					scaled[side].Answers = append(scaled[side].Answers, p.Answers[i]/unit)
				}
			}
			c := must(CompareRegression(t.Context(), scaled[0], scaled[1], significance.Bootstrap{Resamples: 1 << n}))(t)
			return [2]float64{c.MAE.Test.PValue, c.RMSE.Test.PValue}
		}
		want := in(1)
		for _, unit := range []float64{10, 1000, 1e25} {
			if got := in(unit); got != want {
				t.Fatalf("in units of %v the p-values are %v, expected %v", unit, got, want)
			}
		}
	}
}
