package metrics

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/significance"
)

// RegressionComparison sets two models' answers to the same examples side by side. The intervals
// are those of a paired bootstrap over the examples, the p-values those of a paired permutation
// test that exchanges the two answers to an example (see [significance.Permutation]).
type RegressionComparison struct {
	Examples int                           `json:"examples"`
	MAE      significance.PairedDifference `json:"mae"`  // negative differences are improvements
	RMSE     significance.PairedDifference `json:"rmse"` // negative differences are improvements
	// Pearson and Spearman do not depend on the answers' unit, and nor do their tests: what is
	// exchanged are answers in units of their standard deviation from their mean, for Spearman
	// their ranks. They are undefined if one of the two models always gives the same answer.
	Pearson  significance.PairedDifference `json:"pearson"`
	Spearman significance.PairedDifference `json:"spearman"`

	Nearer  int `json:"nearer"`  // examples with a smaller absolute error after
	Farther int `json:"farther"` // examples with a larger absolute error after
}

// CompareRegression matches the examples by ID, in whatever order they come, and compares the
// answers. The error is that of [RegressionPredictions.Validate], a *MismatchError for the first
// example that only one side has or that has another value there, or about the bootstrap.
func CompareRegression(ctx context.Context, before, after *RegressionPredictions, bootstrap significance.Bootstrap) (*RegressionComparison, error) {
	if err := before.Validate(); err != nil {
		return nil, fmt.Errorf("compare, before: %w", err)
	}
	if err := after.Validate(); err != nil {
		return nil, fmt.Errorf("compare, after: %w", err)
	}
	rows, err := matchRegression(before, after)
	if err != nil {
		return nil, err
	}
	c := &RegressionComparison{Examples: before.Len()}
	points := make([][]float64, len(rows))
	for i, j := range rows {
		value, x, y := before.Values[i], before.Answers[i], after.Answers[j]
		points[i] = []float64{value, x, y}
		switch errorBefore, errorAfter := math.Abs(x-value), math.Abs(y-value); {
		case errorAfter < errorBefore:
			c.Nearer++
		case errorAfter > errorBefore:
			c.Farther++
		}
	}
	columns := sortedColumns(points)
	return c, c.test(ctx, columns[0], columns[1], columns[2], bootstrap)
}

// test fills in the differences with their intervals and tests.
func (c *RegressionComparison) test(ctx context.Context, values, before, after []float64, bootstrap significance.Bootstrap) error {
	n := len(values)
	_, intervals, err := bootstrap.Intervals(ctx, n, statNumbers, func() significance.Statistics {
		x, y := newNumbers(values, before), newNumbers(values, after)
		first := make([]float64, statNumbers)
		return func(weights []int32, out []float64) {
			x.statistics(weights, first)
			y.statistics(weights, out)
			for s := range out {
				out[s] -= first[s]
			}
		}
	})
	if err != nil {
		return err
	}
	pairs := newAnswerPairs(values, before, after)
	tests, err := bootstrap.Permute(ctx, n, pairs.tolerances(values, before, after), func() significance.Exchange { return pairs.differences })
	if err != nil {
		return err
	}
	x, y := make([]float64, statNumbers), make([]float64, statNumbers)
	newNumbers(values, before).statistics(slices.Repeat([]int32{1}, n), x)
	newNumbers(values, after).statistics(slices.Repeat([]int32{1}, n), y)
	reason := cmp.Or(constant("value", values), constant("answer before", before), constant("answer after", after))
	for s, d := range map[int]*significance.PairedDifference{statMAE: &c.MAE, statRMSE: &c.RMSE, statPearson: &c.Pearson, statSpearman: &c.Spearman} {
		*d = significance.NewPairedDifference(x[s], y[s], intervals[s], tests[s], reason)
	}
	return nil
}

// answerPairs are two models' answers to the same examples, in the scales on which the
// permutation test exchanges them.
type answerPairs struct {
	absolute, squared         [2][]float64 // errors
	standard, ranks           [2][]float64 // standardized answers, and their standardized ranks
	standardValue, valueRanks []float64    // the same of the values
}

func newAnswerPairs(values, before, after []float64) *answerPairs {
	n := len(values)
	weights := slices.Repeat([]int32{1}, n)
	ranks := func(numbers []float64) []float64 {
		out := make([]float64, n)
		newRanking(numbers).ranks(weights, out)
		return standardized(out)
	}
	p := &answerPairs{standardValue: standardized(values), valueRanks: ranks(values)}
	for side, answers := range [][]float64{before, after} {
		for i, v := range answers {
			e := math.Abs(v - values[i])
			p.absolute[side] = append(p.absolute[side], e)
			p.squared[side] = append(p.squared[side], e*e)
		}
		p.standard[side], p.ranks[side] = standardized(answers), ranks(answers)
	}
	return p
}

// standardized has the mean 0 and the sum of squares 1; it is NaN for constant numbers.
func standardized(numbers []float64) []float64 {
	mean, spread := moments(numbers, slices.Repeat([]int32{1}, len(numbers)))
	out := make([]float64, len(numbers))
	for i, v := range numbers {
		out[i] = (v - mean) / spread
	}
	return out
}

// tolerances returns the rounding of each difference: that of the sum of the errors, and that of each
// error, whose value and answer can be much larger than it. The correlations are sums of numbers up to 1.
func (p *answerPairs) tolerances(values, before, after []float64) []float64 {
	const unit = 0x1p-52 // of the last place of 1
	largest, mean, squares := 0.0, 0.0, 0.0
	for i, v := range values {
		largest = max(largest, math.Abs(v), math.Abs(before[i]), math.Abs(after[i]))
		mean += (p.absolute[0][i] + p.absolute[1][i]) / float64(len(values))
		squares += (p.squared[0][i] + p.squared[1][i]) / float64(len(values))
	}
	out := slices.Repeat([]float64{significance.Rounding}, statNumbers)
	out[statMAE] = 4*unit*largest + significance.Rounding*mean
	out[statRMSE] = 4*unit*largest + significance.Rounding*math.Sqrt(squares)
	return out
}

// differences computes after minus before with exchanged answers.
func (p *answerPairs) differences(exchanged []bool, out []float64) {
	n := float64(len(exchanged))
	absolute, squared := exchangedSums(p.absolute, exchanged), exchangedSums(p.squared, exchanged)
	out[statMAE] = (absolute[1] - absolute[0]) / n
	out[statRMSE] = math.Sqrt(squared[1]/n) - math.Sqrt(squared[0]/n)
	out[statR2] = math.NaN()
	out[statPearson] = exchangedCorrelations(p.standard, p.standardValue, exchanged)
	out[statSpearman] = exchangedCorrelations(p.ranks, p.valueRanks, exchanged)
}

func exchangedSums(sides [2][]float64, exchanged []bool) (sums [2]float64) {
	for i, x := range exchanged {
		side := 0
		if x {
			side = 1
		}
		sums[0] += sides[side][i]
		sums[1] += sides[1-side][i]
	}
	return sums
}

// exchangedCorrelations returns the difference of the two sides' correlations with standardized
// values after an exchange.
func exchangedCorrelations(sides [2][]float64, values []float64, exchanged []bool) float64 {
	var sums, squares, products [2]float64
	for i, x := range exchanged {
		v, w := sides[0][i], sides[1][i]
		if x {
			v, w = w, v
		}
		sums[0], sums[1] = sums[0]+v, sums[1]+w
		squares[0], squares[1] = squares[0]+v*v, squares[1]+w*w
		products[0], products[1] = products[0]+v*values[i], products[1]+w*values[i]
	}
	n := float64(len(exchanged))
	correlation := func(side int) float64 {
		return products[side] / math.Sqrt(squares[side]-sums[side]*sums[side]/n)
	}
	return correlation(1) - correlation(0)
}

// matchRegression returns the row after for each row before.
func matchRegression(before, after *RegressionPredictions) ([]int, error) {
	return matchIDs(before.IDs, after.IDs, func(i, j int) string {
		if x, y := before.Values[i], after.Values[j]; x != y {
			return fmt.Sprintf("has value %v before and %v after", x, y)
		}
		return ""
	})
}
