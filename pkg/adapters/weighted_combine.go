package adapters

import (
	"cmp"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
)

// combine is the weighted sum of the adapters' values, those left that the type keeps:
// the largest of an adapter, or those that the lot falls on, and, with ties, of the sign
// that most agree on, for which there is the mean instead of the sum.
func (m *mixture) combine(module, matrix string, shares []share, values [][]float64, weights []float64) []float64 {
	switch {
	case m.dare():
		for i, s := range shares {
			keep := m.draw(s.adapter, module, matrix, len(values[i]))
			for k := range values[i] {
				if keep[k] {
					values[i][k] /= m.Density
				} else {
					values[i][k] = 0
				}
			}
		}
	case m.prunes():
		for _, one := range values {
			keepLargest(one, m.Density)
		}
	}
	sum := make([]float64, len(values[0]))
	for k := range sum {
		majority := 0.0
		if m.ties() {
			majority = m.majority(values, k)
		}
		n := 0
		for i, one := range values {
			if majority != 0 && one[k]*majority <= 0 {
				continue
			}
			sum[k] += weights[i] * one[k]
			n++
		}
		if majority != 0 && n > 1 {
			sum[k] /= float64(n)
		}
	}
	return sum
}

// majority is the sign, 1 or -1, that the adapters elect for a value.
func (m *mixture) majority(values [][]float64, k int) float64 {
	votes := 0.0
	for _, one := range values {
		switch {
		case m.MajoritySignMethod == MajorityTotal:
			votes += one[k]
		case one[k] != 0:
			votes += math.Copysign(1, one[k])
		}
	}
	if votes >= 0 {
		return 1
	}
	return -1
}

// draw casts the lots of n values: which are kept.
func (m *mixture) draw(adapter, module, matrix string, n int) []bool {
	if m.lots != nil {
		return m.lots(adapter, module, matrix, n)
	}
	rng := random.Named(m.Seed, adapter+"/"+module+"."+matrix)
	keep := make([]bool, n)
	for i := range keep {
		keep[i] = rng.Float64() < m.Density
	}
	return keep
}

// keepLargest sets all values to zero but the share of the largest, the number of them
// rounded down.
func keepLargest(values []float64, density float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(math.Abs(values[j]), math.Abs(values[i])) })
	for _, i := range order[int(density*float64(len(values))):] {
		values[i] = 0
	}
}
