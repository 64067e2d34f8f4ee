package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/significance"
)

// pearson is the correlation of two series in a sample in which example i occurs weights[i]
// times. It is NaN if one of the series is constant.
func pearson(x, y []float64, weights []int32) float64 {
	meanX, spreadX := moments(x, weights)
	meanY, spreadY := moments(y, weights)
	if spreadX == 0 || spreadY == 0 {
		return math.NaN()
	}
	sum := 0.0
	for i, w := range weights {
		if w != 0 {
			sum += float64(w) * ((x[i] - meanX) / spreadX) * ((y[i] - meanY) / spreadY)
		}
	}
	return min(1, max(-1, sum))
}

// moments returns the mean, and the square root of the sum of squared deviations from it, which
// is exactly 0 for constant values.
func moments(values []float64, weights []int32) (mean, spread float64) {
	low, high := math.Inf(1), math.Inf(-1)
	sum, n := 0.0, 0.0
	for i, w := range weights {
		if w != 0 {
			sum += float64(w) * values[i]
			n += float64(w)
			low, high = min(low, values[i]), max(high, values[i])
		}
	}
	if low == high {
		return low, 0 // the mean would have a rounding error
	}
	mean = sum / n
	scale := max(high-mean, mean-low) // no square underflows or overflows
	for i, w := range weights {
		if w != 0 {
			spread += float64(w) * square((values[i]-mean)/scale)
		}
	}
	return mean, scale * math.Sqrt(spread)
}

// ranking computes ranks in weighted samples.
type ranking struct {
	values []float64
	order  []int // indices, the values ascending
}

func newRanking(values []float64) ranking {
	r := ranking{values: values, order: make([]int, len(values))}
	for i := range r.order {
		r.order[i] = i
	}
	slices.SortFunc(r.order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	return r
}

// ranks fills in the rank of each example in a sample in which example i occurs weights[i] times.
// Equal values have the mean of their ranks.
func (r ranking) ranks(weights []int32, out []float64) {
	below := 0
	for from := 0; from < len(r.order); {
		to, ties := from, 0
		for ; to < len(r.order) && r.values[r.order[to]] == r.values[r.order[from]]; to++ {
			ties += int(weights[r.order[to]])
		}
		for _, i := range r.order[from:to] {
			out[i] = float64(below) + float64(ties+1)/2
		}
		below += ties
		from = to
	}
}

// fisher is the interval of Pearson's correlation r of n examples by Fisher's z transformation
// (Fisher 1921): tanh(atanh(r) ± z/sqrt(n-3)). It is nil for fewer than four examples, and for a
// correlation of 1 or -1, whose z is infinite.
func fisher(r float64, n int, level, z float64) *significance.Interval {
	if n < 4 || math.IsNaN(r) || 1-math.Abs(r) < significance.Rounding {
		return nil
	}
	half := z / math.Sqrt(float64(n-3))
	return &significance.Interval{Low: math.Tanh(math.Atanh(r) - half), High: math.Tanh(math.Atanh(r) + half), Level: level}
}
