package lora

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/lorabook/lorabook/internal/linalg"
	"gonum.org/v1/gonum/mat"
)

// directions are the principal ones of a module's inputs.
type directions struct {
	rows   [][]float64 // orthonormal, [k][in], each with its value of most size positive
	values []float64   // singular values of the centred inputs, falling
	shares []float64   // of the inputs' variance
}

// Settings of principal: directions beside those asked for, and passes at most, and how
// far from an eigenvector one may be, as a share of the largest eigenvalue.
const (
	besides   = 16
	passes    = 300
	tolerance = 1e-10
)

// principal finds k directions by subspace iteration (Halko et al. 2009,
// arXiv:0909.4061), on until they are exact or, where directions vary all but alike, for
// 300 passes.
func (m *moments) principal(k int) (d directions, err error) {
	in := len(m.mean)
	switch {
	case k > in:
		return d, fmt.Errorf("it may come to %d directions (rank times rho), and is given vectors of %d: lower the rank or rho", k, in)
	case m.n < float64(k):
		return d, fmt.Errorf("it may come to %d directions (rank times rho), and was given %.0f vectors: gather more batches", k, m.n)
	}
	C := mat.NewDense(in, in, m.products)
	total := C.Trace()
	if !(total > 0) {
		return d, errors.New("all vectors that it was given are the same: gather batches that differ")
	}
	Q := linalg.Gaussian(rand.New(rand.NewPCG(0, 0)), in, min(in, k+besides))
	linalg.Orthonormalize(Q)
	_, q := Q.Dims()
	var Y, H, V, image mat.Dense
	for range passes {
		Y.Mul(C, Q)
		H.Mul(Q.T(), &Y)
		small := mat.NewSymDense(q, nil)
		for i := range q {
			for j := i; j < q; j++ {
				small.SetSym(i, j, (H.At(i, j)+H.At(j, i))/2)
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(small, true) {
			return d, errors.New("the eigenvalues of what it was given do not converge: gather other batches")
		}
		var S mat.Dense
		eigen.VectorsTo(&S)
		values := eigen.Values(nil) // rising
		V.Mul(Q, &S)
		image.Mul(&Y, &S)
		d = directions{}
		worst := 0.0
		for i := range k {
			column := q - 1 - i
			value := max(values[column], 0)
			row, off := make([]float64, in), 0.0
			for j := range in {
				row[j] = V.At(j, column)
				off = math.Hypot(off, image.At(j, column)-value*row[j])
			}
			worst = max(worst, off)
			d.rows = append(d.rows, upright(row))
			d.values = append(d.values, math.Sqrt(value))
			d.shares = append(d.shares, value/total)
		}
		if worst <= tolerance*values[q-1] {
			break
		}
		Q.Copy(&Y)
		linalg.Orthonormalize(Q)
	}
	return d, nil
}

// upright turns a vector so that its value of most size is positive, as PEFT does.
func upright(v []float64) []float64 {
	most := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(most) {
			most = x
		}
	}
	if most < 0 {
		for i := range v {
			v[i] = -v[i]
		}
	}
	return v
}
