package linalg_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
)

// A decomposition's parts have orthonormal columns, and their product is the matrix.
func TestThinSVD(t *testing.T) {
	for _, shape := range [][2]int{{7, 4}, {4, 7}, {5, 5}} {
		m := linalg.Gaussian(rand.New(rand.NewPCG(1, 2)), shape[0], shape[1])
		d, ok := linalg.ThinSVD(m)
		if k := min(shape[0], shape[1]); !ok || len(d.Values) != k {
			t.Fatalf("%v: %v, %d values", shape, ok, len(d.Values))
		}
		if !slices.IsSortedFunc(d.Values, func(a, b float64) int { return int(math.Copysign(1, b-a)) }) {
			t.Errorf("%v: the values %v do not fall", shape, d.Values)
		}
		isOrthonormal(t, &d.U)
		isOrthonormal(t, &d.V)
		var product mat.Dense
		product.Product(&d.U, mat.NewDiagDense(len(d.Values), d.Values), d.V.T())
		if !mat.EqualApprox(&product, m, 1e-12) {
			t.Errorf("%v: the product is another matrix", shape)
		}
	}
}

// Orthonormal columns span the same space: projected on it, the matrix stays.
func TestOrthonormalize(t *testing.T) {
	for _, shape := range [][2]int{{9, 3}, {6, 6}, {200, 40}} {
		m := linalg.Gaussian(rand.New(rand.NewPCG(3, 4)), shape[0], shape[1])
		Q := mat.DenseCopyOf(m)
		linalg.Orthonormalize(Q)
		isOrthonormal(t, Q)
		var projected mat.Dense
		projected.Product(Q, Q.T(), m)
		if !mat.EqualApprox(&projected, m, 1e-12) {
			t.Errorf("%v: another space", shape)
		}
	}
}

func isOrthonormal(t *testing.T, m *mat.Dense) {
	t.Helper()
	_, n := m.Dims()
	var product mat.Dense
	product.Mul(m.T(), m)
	one := mat.NewDiagDense(n, slices.Repeat([]float64{1}, n))
	if !mat.EqualApprox(&product, one, 1e-12) {
		t.Errorf("the columns are not orthonormal: %v", mat.Formatted(&product))
	}
}

func TestFlat32(t *testing.T) {
	m := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	if got := linalg.Flat32(m); !slices.Equal(got, []float32{1, 2, 3, 4, 5, 6}) {
		t.Errorf("got %v", got)
	}
	part := m.Slice(0, 2, 1, 3).(*mat.Dense)
	if got := linalg.Flat32(part); !slices.Equal(got, []float32{2, 3, 5, 6}) {
		t.Errorf("of a part got %v", got)
	}
}
