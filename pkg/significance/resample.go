package significance

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/lorabook/lorabook/internal/stats"
)

// Statistics computes numbers about a weighted sample into out: weights[i] is how often example
// i occurs in it. NaN marks a number that is not defined for the sample.
type Statistics func(weights []int32, out []float64)

// Intervals returns the numbers of the sample itself and their BCa intervals (see
// [Bootstrap.Mean]) for k numbers about n examples. One without spread has the number at both ends (see
// [Interval.NoSpread]). An interval is nil if its number is
// undefined for the sample or for more than 1 % of the resamples; fewer are left out. open
// returns the statistics of one processor, which may have memory of its own.
func (b Bootstrap) Intervals(ctx context.Context, n, k int, open func() Statistics) (observed []float64, intervals []*Interval, err error) {
	if b, err = b.WithDefaults(); err != nil {
		return nil, nil, err
	}
	if err := checkSizes(n, k); err != nil {
		return nil, nil, err
	}
	observed = make([]float64, k)
	open()(wholeSample(n), observed)
	resampled, err := computeAll(ctx, b.Resamples, n, k, open, func(i int, weights []int32) {
		clear(weights)
		random := b.generator(i)
		for range weights {
			weights[random.IntN(n)]++
		}
	})
	if err != nil {
		return nil, nil, err
	}
	left, err := b.Jackknife(ctx, n, k, open)
	if err != nil {
		return nil, nil, err
	}
	intervals = make([]*Interval, k)
	for s := range intervals {
		defined := slices.DeleteFunc(resampled[s], math.IsNaN)
		if math.IsNaN(observed[s]) || len(defined)*100 < b.Resamples*99 {
			continue
		}
		interval := Interval{Low: observed[s], High: observed[s], Level: b.Level}
		low, high := slices.Min(defined), slices.Max(defined)
		if high-low > Rounding*max(math.Abs(low), math.Abs(high)) { // correlations of 1 have a rounding error
			if interval, err = Accelerated(defined, observed[s], JackknifeAcceleration(left[s]), b.Level); err != nil {
				return nil, nil, err
			}
		}
		intervals[s] = &interval
	}
	return observed, intervals, nil
}

// computeAll computes k numbers about each of count samples of n examples: [k, count]. draw
// fills in the weights of a sample.
func computeAll(ctx context.Context, count, n, k int, open func() Statistics, draw func(i int, weights []int32)) ([][]float64, error) {
	all := make([][]float64, k)
	for s := range all {
		all[s] = make([]float64, count)
	}
	err := inParallel(ctx, count, func() func(int) {
		compute, weights, out := open(), make([]int32, n), make([]float64, k)
		return func(i int) {
			draw(i, weights)
			compute(weights, out)
			for s, v := range out {
				all[s][i] = v
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	return all, nil
}

// jackknifeGroups bounds the samples of the jackknife. The acceleration of the interval is a
// sixth of a skewness divided by the square root of n, which random groups estimate without bias.
const jackknifeGroups = 2000

// Jackknife computes the numbers without each example, or for more than jackknifeGroups examples
// without each of so many random groups: [k, groups].
func (b Bootstrap) Jackknife(ctx context.Context, n, k int, open func() Statistics) ([][]float64, error) {
	if err := checkSizes(n, k); err != nil {
		return nil, err
	}
	groups := min(n, jackknifeGroups)
	order := rand.New(rand.NewPCG(uint64(b.Seed), math.MaxUint64)).Perm(n)
	return computeAll(ctx, groups, n, k, open, func(group int, weights []int32) {
		for i := range weights {
			weights[i] = 1
		}
		for at := group; at < n; at += groups {
			weights[order[at]] = 0
		}
	})
}

// JackknifeAcceleration is a sixth of the skewness of the numbers without each example. Undefined
// ones are left out.
func JackknifeAcceleration(left []float64) float64 {
	left = slices.DeleteFunc(left, math.IsNaN)
	if len(left) == 0 || slices.Min(left) == slices.Max(left) {
		return 0
	}
	mean := stats.Mean(left)
	for i := range left {
		left[i] = -left[i]
	}
	return acceleration(left, -mean)
}

// wholeSample are the weights of the sample itself.
func wholeSample(n int) []int32 { return slices.Repeat([]int32{1}, n) }

// checkSizes returns an error for numbers of examples and statistics that no measurement has, and
// whose tables would not fit into memory.
func checkSizes(n, k int) error {
	const most = 1 << 30
	if n < 1 || n > most || k < 1 || k > most {
		return fmt.Errorf("bootstrap of %d statistics of %d examples: expected 1 to %d of each", k, n, most)
	}
	return nil
}
