package lora

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

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

// beside are the adapters' matrices beside each other: the sum of w·s·B·A.
func beside(shares []share) (r int, A, B []float32) {
	for _, s := range shares {
		r += s.target.r
		for _, a := range s.A {
			A = append(A, float32(float64(a)*s.weight*s.target.scaling))
		}
	}
	for o := range shares[0].target.out {
		for _, s := range shares {
			B = append(B, s.B[o*s.target.r:(o+1)*s.target.r]...)
		}
	}
	return r, A, B
}

// factors are A [r, in] and B [out, r] whose product is the nearest to a matrix
// [out, in], by its singular values.
func factors(delta []float64, out, in, r int) (A, B []float32, err error) {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(out, in, delta), mat.SVDThin) {
		return nil, nil, errors.New("the singular values were not found: are all the adapters' values finite?")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := svd.Values(nil)
	A, B = make([]float32, r*in), make([]float32, out*r)
	for k := range r {
		for i := range in {
			A[k*in+i] = float32(v.At(i, k))
		}
		for o := range out {
			B[o*r+k] = float32(u.At(o, k) * s[k])
		}
	}
	return A, B, nil
}

func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, x := range values {
		wide[i] = float64(x)
	}
	return wide
}

func narrowed(values []float64) []float32 {
	narrow := make([]float32, len(values))
	for i, x := range values {
		narrow[i] = float32(x)
	}
	return narrow
}
