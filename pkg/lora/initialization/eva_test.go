package initialization

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/linalg"
	"gonum.org/v1/gonum/mat"
)

// TestPrincipal: the directions of wide inputs are the eigenvectors of their covariance,
// found by all of them, be the spectrum steep or nearly flat.
func TestPrincipal(t *testing.T) {
	const in, n, k = 120, 500, 10
	for _, decay := range []float64{0.6, 0.97, 0.995} {
		rng := rand.New(rand.NewPCG(1, uint64(1000*decay)))
		x := linalg.Gaussian(rng, n, in)
		for j := range in {
			for i := range n {
				x.Set(i, j, x.At(i, j)*math.Pow(decay, float64(j)))
			}
		}
		turn := linalg.Gaussian(rng, in, in)
		linalg.Orthonormalize(turn)
		x.Mul(x, turn)
		var C mat.Dense
		C.Mul(x.T(), x)
		m := &Moments{n, make([]float64, in), C.RawMatrix().Data}
		d, err := m.Principal(k)
		if err != nil {
			t.Fatal(err)
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(mat.NewSymDense(in, C.RawMatrix().Data), true) {
			t.Fatal("no eigenvalues")
		}
		var vectors mat.Dense
		eigen.VectorsTo(&vectors)
		values := eigen.Values(nil)
		for i := range k {
			dot := 0.0
			for j := range in {
				dot += d.Vectors[i][j] * vectors.At(j, in-1-i)
			}
			if value := math.Sqrt(values[in-1-i]); math.Abs(math.Abs(dot)-1) > 1e-7 || math.Abs(d.Values[i]-value) > 1e-7*value || math.Abs(d.Shares[i]-values[in-1-i]/C.Trace()) > 1e-7 {
				t.Errorf("decay %v: direction %d has cosine %v, value %v of %v", decay, i, dot, d.Values[i], value)
			}
		}
	}
}

func TestDistribute(t *testing.T) {
	two := []int{2, 2}
	for what, c := range map[string]struct {
		ranks  []int
		group  []int
		shares [][]float64
		want   []int
	}{
		"the larger shares":        {two, []int{0, 1}, [][]float64{{0.5, 0.4, 0.3, 0.2}, {0.35, 0.1, 0, 0}}, []int{3, 1}},
		"none for one":             {two, []int{0, 1}, [][]float64{{0.1, 0.1, 0, 0}, {0.25, 0.25, 0.25, 0.2}}, []int{0, 4}},
		"the first of equal ones":  {[]int{1, 2}, []int{0, 0}, [][]float64{{0.5, 0.3}, {0.5, 0.3}}, []int{2, 1}},
		"rho of one":               {[]int{1, 2}, []int{0, 1}, [][]float64{{0.1}, {0.5, 0.3}}, []int{1, 2}},
		"between two, then shared": {[]int{1, 1, 1}, []int{0, 1, 0}, [][]float64{{0.4, 0.2}, {0.3, 0.25}, {0.4, 0.2}}, []int{1, 1, 1}},
	} {
		if got := Distribute(c.ranks, c.group, c.shares); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, expected %v", what, got, c.want)
		}
	}
}
