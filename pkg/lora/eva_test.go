package lora

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/linalg"
	"github.com/lorabook/lorabook/internal/loratest"
)

// TestEVAInBatches: how inputs are cut into batches does not matter, nor what padding
// holds.
func TestEVAInBatches(t *testing.T) {
	want := startsFile(t, "eva")
	x, mask := flat(want["x"]), flat(want["mask"])
	for i := range mask {
		if mask[i] == 0 {
			for j := range loratest.Width {
				x[i*loratest.Width+j] = float32(math.NaN())
			}
		}
	}
	rows := func(from, to int) (a, b *tensors.Tensor) {
		return floats.Tensor(x[from*5*loratest.Width:to*5*loratest.Width], shapes.Make(dtypes.Float32, to-from, 5, loratest.Width)), floats.Tensor(mask[from*5:to*5], shapes.Make(dtypes.Float32, to-from, 5))
	}
	var whole []float32
	for _, cuts := range [][]int{{0, 40}, {0, 1, 17, 30, 40}} {
		a, store, s, feed := gathering(t, Config{R: 2, TargetModules: []string{"query"}, LayersToTransform: []int{0}})
		for i := range len(cuts) - 1 {
			loratest.Must(t, feed(rows(cuts[i], cuts[i+1])))
		}
		loratest.Must(t, s.Inject())
		A, err := floats.Read(store.GetVariable(a.layout.Targets[0].PathA()))
		loratest.Must(t, err)
		if whole == nil {
			whole = A
			continue
		}
		loratest.Near(t, "A", A, whole, 1e-5)
	}
}

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
		m := &moments{n, make([]float64, in), C.RawMatrix().Data}
		d, err := m.principal(k)
		loratest.Must(t, err)
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
				dot += d.rows[i][j] * vectors.At(j, in-1-i)
			}
			if value := math.Sqrt(values[in-1-i]); math.Abs(math.Abs(dot)-1) > 1e-7 || math.Abs(d.values[i]-value) > 1e-7*value || math.Abs(d.shares[i]-values[in-1-i]/C.Trace()) > 1e-7 {
				t.Errorf("decay %v: direction %d has cosine %v, value %v of %v", decay, i, dot, d.values[i], value)
			}
		}
	}
}

func TestDistribute(t *testing.T) {
	two := []Target{{R: 2}, {R: 2}}
	for what, c := range map[string]struct {
		targets []Target
		group   []int
		shares  [][]float64
		want    []int
	}{
		"the larger shares":        {two, []int{0, 1}, [][]float64{{0.5, 0.4, 0.3, 0.2}, {0.35, 0.1, 0, 0}}, []int{3, 1}},
		"none for one":             {two, []int{0, 1}, [][]float64{{0.1, 0.1, 0, 0}, {0.25, 0.25, 0.25, 0.2}}, []int{0, 4}},
		"the first of equal ones":  {[]Target{{R: 1}, {R: 2}}, []int{0, 0}, [][]float64{{0.5, 0.3}, {0.5, 0.3}}, []int{2, 1}},
		"rho of one":               {[]Target{{R: 1}, {R: 2}}, []int{0, 1}, [][]float64{{0.1}, {0.5, 0.3}}, []int{1, 2}},
		"between two, then shared": {[]Target{{R: 1}, {R: 1}, {R: 1}}, []int{0, 1, 0}, [][]float64{{0.4, 0.2}, {0.3, 0.25}, {0.4, 0.2}}, []int{1, 1, 1}},
	} {
		if got := distribute(c.targets, c.group, c.shares); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, expected %v", what, got, c.want)
		}
	}
}

// TestEVAConfigHasDefaults, and New shares none of the caller's values.
func TestEVAConfigHasDefaults(t *testing.T) {
	no := false
	given := &EVAConfig{AdjustScalingFactors: &no}
	a, err := New(Config{Init: InitEVA, EVA: given})
	loratest.Must(t, err)
	no = true
	if got := a.Config().EVA; got.Rho != 2 || *got.AdjustScalingFactors || given.Rho != 0 {
		t.Errorf("%+v, given %+v", got, given)
	}
	if a, err = New(Config{Init: InitEVA}); err != nil || !*a.Config().EVA.AdjustScalingFactors {
		t.Errorf("%v: not adjusted by default", err)
	}
}
