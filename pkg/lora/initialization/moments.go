package initialization

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
)

// Moments summarize the input vectors that a module got: their number, their mean, and the
// sum of the products in pairs of their centred values.
type Moments struct {
	N        float64
	Mean     []float64 // [in]
	Products []float64 // [in, in]
}

// Finite reports whether all values are numbers.
func (m *Moments) Finite() bool {
	return !slices.ContainsFunc(slices.Concat(m.Mean, m.Products), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

// Add adds the moments of other vectors (Chan, Golub and LeVeque 1979).
func (m *Moments) Add(b *Moments) {
	if b.N == 0 {
		return
	}
	all := m.N + b.N
	in := len(m.Mean)
	apart := make([]float64, in)
	for i := range apart {
		apart[i] = b.Mean[i] - m.Mean[i]
	}
	for i := range in {
		for j := range in {
			m.Products[i*in+j] += b.Products[i*in+j] + apart[i]*apart[j]*m.N*b.N/all
		}
		m.Mean[i] += apart[i] * b.N / all
	}
	m.N = all
}

// Settings of [Moments.Principal].
const (
	extraDirections = 16    // directions beside the k that are asked for
	maxPasses       = 300   // passes at most
	tolerance       = 1e-10 // distance from an eigenvector, as a share of the largest eigenvalue
)

// Principal finds the k principal directions by subspace iteration (Halko et al. 2009,
// arXiv:0909.4061). It ends when they are exact or, where directions vary nearly alike, after
// 300 passes. An error is the reason of an [Error].
func (m *Moments) Principal(k int) (d Directions, err error) {
	in := len(m.Mean)
	switch {
	case k > in:
		return d, fmt.Errorf("expected at most %d directions (rank times rho), the width of its inputs, found %d: lower the rank or rho", in, k)
	case m.N < float64(k):
		return d, fmt.Errorf("expected at least %d input vectors, one for each direction (rank times rho), found %.0f: gather more batches", k, m.N)
	}
	C := mat.NewDense(in, in, m.Products)
	total := C.Trace()
	if !(total > 0) {
		return d, errors.New("all its input vectors are the same: gather batches that differ")
	}
	Q := linalg.Gaussian(rand.New(rand.NewPCG(0, 0)), in, min(in, k+extraDirections))
	linalg.Orthonormalize(Q)
	for range maxPasses {
		var next mat.Dense // C·Q
		next.Mul(C, Q)
		var exact bool
		if d, exact, err = ritzDirections(Q, &next, k, total); err != nil || exact {
			return d, err
		}
		Q.Copy(&next)
		linalg.Orthonormalize(Q)
	}
	return d, nil
}

// ritzDirections finds the eigenvectors of C within the space of Q, given C·Q, and reports
// whether the first k are eigenvectors of C itself.
func ritzDirections(Q, CQ *mat.Dense, k int, total float64) (d Directions, exact bool, err error) {
	in, q := Q.Dims()
	var H, S, V, image mat.Dense
	H.Mul(Q.T(), CQ)
	small := mat.NewSymDense(q, nil)
	for i := range q {
		for j := i; j < q; j++ {
			small.SetSym(i, j, (H.At(i, j)+H.At(j, i))/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(small, true) {
		return d, false, errors.New("the eigenvalues of its inputs do not converge: gather other batches")
	}
	eigen.VectorsTo(&S)
	values := eigen.Values(nil) // rising
	V.Mul(Q, &S)
	image.Mul(CQ, &S)
	worst := 0.0
	for i := range k {
		column := q - 1 - i
		value := max(values[column], 0)
		vector, distance := make([]float64, in), 0.0
		for j := range in {
			vector[j] = V.At(j, column)
			distance = math.Hypot(distance, image.At(j, column)-value*vector[j])
		}
		worst = max(worst, distance)
		makeLargestPositive(vector)
		d.Vectors = append(d.Vectors, vector)
		d.Values = append(d.Values, math.Sqrt(value))
		d.Shares = append(d.Shares, value/total)
	}
	return d, worst <= tolerance*values[q-1], nil
}

// makeLargestPositive gives a vector the sign with which its value of most size is positive,
// as PEFT does.
func makeLargestPositive(v []float64) {
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
}
