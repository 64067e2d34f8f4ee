package lora

import (
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// orthonormalize replaces a matrix [rows, columns], rows ≥ columns, by the Q of its
// Householder QR, of the same shape.
func orthonormalize(m *mat.Dense) {
	raw := m.RawMatrix()
	tau := make([]float64, raw.Cols)
	work := make([]float64, 1)
	lapack64.Geqrf(raw, tau, work, -1) // tells how much it needs
	work = make([]float64, int(work[0]))
	lapack64.Geqrf(raw, tau, work, len(work))
	lapack64.Orgqr(raw, tau, work[:1], -1)
	work = make([]float64, max(len(work), int(work[0])))
	lapack64.Orgqr(raw, tau, work, len(work))
}

// flat32 are a matrix's values, row by row.
func flat32(m *mat.Dense) []float32 {
	rows, columns := m.Dims()
	values := make([]float32, 0, rows*columns)
	for i := range rows {
		for _, v := range m.RawRowView(i) {
			values = append(values, float32(v))
		}
	}
	return values
}
