package adapters

import (
	"cmp"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
)

// combineValues is the weighted sum of the adapters' values that the type keeps: the largest of
// an adapter, or random ones. With ties it is the mean of the values that have the elected sign.
func (c *combination) combineValues(module, matrix string, operands []operand, values [][]float64, weights []float64) []float64 {
	switch {
	case c.dare():
		for i, o := range operands {
			keep := c.mask(o.adapter, module, matrix, len(values[i]))
			for k := range values[i] {
				if keep[k] {
					values[i][k] /= c.Density
				} else {
					values[i][k] = 0
				}
			}
		}
	case c.prunes():
		for _, list := range values {
			keepLargest(list, c.Density)
		}
	}
	sum := make([]float64, len(values[0]))
	for k := range sum {
		majority := 0.0
		if c.ties() {
			majority = c.majority(values, k)
		}
		n := 0
		for i, list := range values {
			if majority != 0 && list[k]*majority <= 0 {
				continue
			}
			sum[k] += weights[i] * list[k]
			n++
		}
		if majority != 0 && n > 1 {
			sum[k] /= float64(n)
		}
	}
	return sum
}

// majority is the elected sign of value k, 1 or -1.
func (c *combination) majority(values [][]float64, k int) float64 {
	votes := 0.0
	for _, list := range values {
		switch {
		case c.MajoritySignMethod == MajorityTotal:
			votes += list[k]
		case list[k] != 0:
			votes += math.Copysign(1, list[k])
		}
	}
	if votes >= 0 {
		return 1
	}
	return -1
}

// mask draws which of n values DARE keeps.
func (c *combination) mask(adapter, module, matrix string, n int) []bool {
	if c.masks != nil {
		return c.masks(adapter, module, matrix, n)
	}
	rng := random.Named(c.Seed, adapter+"/"+module+"."+matrix)
	keep := make([]bool, n)
	for i := range keep {
		keep[i] = rng.Float64() < c.Density
	}
	return keep
}

// keepLargest sets all values to zero except the given share of largest size, whose number is
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
