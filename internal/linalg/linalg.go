// Package linalg holds the matrix decompositions that adapters use, in float64.
package linalg

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// SVD is a singular value decomposition U·diag(Values)·Vᵀ with U [rows, k], V [columns, k]
// and k values in descending order.
type SVD struct {
	U, V   mat.Dense
	Values []float64
}

// ThinSVD decomposes a matrix [rows, columns] with k = min(rows, columns). It reports false
// when the decomposition does not converge.
func ThinSVD(m mat.Matrix) (d SVD, ok bool) {
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDThin) {
		return d, false
	}
	svd.UTo(&d.U)
	svd.VTo(&d.V)
	d.Values = svd.Values(nil)
	return d, true
}

// Orthonormalize replaces a matrix [rows, columns], rows ≥ columns, by the Q of its
// Householder QR, of the same shape.
func Orthonormalize(m *mat.Dense) {
	raw := m.RawMatrix()
	tau := make([]float64, raw.Cols)
	work := make([]float64, 1)
	lapack64.Geqrf(raw, tau, work, -1) // asks for the size of the workspace
	work = make([]float64, int(work[0]))
	lapack64.Geqrf(raw, tau, work, len(work))
	lapack64.Orgqr(raw, tau, work[:1], -1)
	work = make([]float64, max(len(work), int(work[0])))
	lapack64.Orgqr(raw, tau, work, len(work))
}

// Flat32 returns the values of a matrix, row by row.
func Flat32(m *mat.Dense) []float32 {
	rows, columns := m.Dims()
	values := make([]float32, 0, rows*columns)
	for i := range rows {
		for _, v := range m.RawRowView(i) {
			values = append(values, float32(v))
		}
	}
	return values
}

// Gaussian returns a matrix [rows, columns] of standard normal values.
func Gaussian(rng *rand.Rand, rows, columns int) *mat.Dense {
	values := make([]float64, rows*columns)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return mat.NewDense(rows, columns, values)
}
