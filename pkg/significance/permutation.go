package significance

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/lorabook/lorabook/internal/numerals"
)

// Permutation is the outcome of a paired permutation test, also called approximate randomization
// (Noreen 1989, Computer-Intensive Methods for Testing Hypotheses; Yeh 2000, arXiv:cs/0008005,
// for F1). If two models are equally good, nothing changes by an exchange of their answers to an
// example. The test exchanges them for random examples and counts differences at least as large
// as the observed one.
type Permutation struct {
	// Exact reports that all 2^n exchanges of n examples were counted, because they are at most
	// as many as [Bootstrap].Resamples. Otherwise so many random ones were.
	Exact     bool `json:"exact"`
	Exchanges int  `json:"exchanges"` // how many were counted
	// PValue is the two-sided probability of a difference at least as large, in either direction,
	// if the models are equally good. For random exchanges it includes the observed difference,
	// (count + 1) / (exchanges + 1), so that it is never 0 (Phipson and Smyth 2010,
	// doi:10.2202/1544-6115.1585).
	PValue float64 `json:"p_value"`
}

// String is the name of the test with its p-value.
func (p Permutation) String() string { return "permutation test " + numerals.PValue(p.PValue) }

// Exchange computes differences between two models after the exchange of their answers to the
// marked examples. NaN marks a difference that is not defined.
type Exchange func(exchanged []bool, out []float64)

// Rounding is a share of the magnitude of summed numbers: two sums of up to a million numbers that are
// equal but for the order of additions differ by less.
const Rounding = 1e-12

// Permute tests one difference for each tolerance on n examples. Differences that differ by no more than
// the tolerance count as equal, since rounding makes another number of the same difference by another
// order of additions: it is usually [Rounding] times the magnitude of the numbers that are added, which
// can be much larger than their difference. (SciPy's permutation_test has a tolerance of 100 units of the
// last place of the difference.)
//
// open returns the computation of one processor. The test is nil for an undefined difference; where only
// an exchange makes it undefined, the exchange counts as one with a large difference.
func (b Bootstrap) Permute(ctx context.Context, n int, tolerances []float64, open func() Exchange) ([]*Permutation, error) {
	k := len(tolerances)
	b, err := b.WithDefaults()
	if err != nil {
		return nil, err
	}
	if err := checkSizes(n, k); err != nil {
		return nil, err
	}
	for s, tolerance := range tolerances {
		if !(tolerance >= 0) {
			return nil, fmt.Errorf("permutation test: tolerance %d is %v, expected 0 or more", s, tolerance)
		}
	}
	observed := make([]float64, k)
	open()(make([]bool, n), observed)
	exact := n < 31 && 1<<n <= b.Resamples
	exchanges := b.Resamples
	if exact {
		exchanges = 1 << n
	}
	large := make([][]bool, exchanges) // [exchange, k]: at least as large as observed
	err = inParallel(ctx, exchanges, func() func(int) {
		compute, exchanged, out := open(), make([]bool, n), make([]float64, k)
		return func(i int) {
			b.exchanges(i, exact, exchanged)
			compute(exchanged, out)
			large[i] = make([]bool, k)
			for s, v := range out {
				large[i][s] = !(math.Abs(v) < math.Abs(observed[s])-tolerances[s])
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("permutation test: %w", err)
	}
	tests := make([]*Permutation, k)
	for s := range tests {
		if math.IsNaN(observed[s]) {
			continue
		}
		count := 0
		for _, l := range large {
			if l[s] {
				count++
			}
		}
		t := &Permutation{Exact: exact, Exchanges: exchanges, PValue: float64(count) / float64(exchanges)}
		if !exact {
			t.PValue = float64(count+1) / float64(exchanges+1)
		}
		tests[s] = t
	}
	return tests, nil
}

// exchanges marks the examples of one exchange: by the bits of its number, or at random.
func (b Bootstrap) exchanges(i int, exact bool, exchanged []bool) {
	if exact {
		for at := range exchanged {
			exchanged[at] = i>>at&1 == 1
		}
		return
	}
	// Other random numbers than those of the resamples.
	random := rand.New(rand.NewPCG(uint64(b.Seed), 1<<63|uint64(i)))
	var bits uint64
	for at := range exchanged {
		if at%64 == 0 {
			bits = random.Uint64()
		}
		exchanged[at] = bits&1 == 1
		bits >>= 1
	}
}
