package lora

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
	"github.com/lorabook/lorabook/internal/random"
)

// Values of a [Config]'s Init: how a fresh adapter's matrices begin. "pissa_niter_N",
// N from 0 on, is [InitPiSSA] by a randomized decomposition with N passes over the
// weight and back, as torch.svd_lowrank makes it: near, seeded, and within a tenth of a
// second for a weight of 768 by 768, for which the exact one takes 3.
const (
	InitKaiming    = "kaiming"    // A uniform between ±1/√in, B zero; PEFT's true
	InitGaussian   = "gaussian"   // A normal with deviation 1/r, B zero
	InitOrthogonal = "orthogonal" // both random, in orthogonal spaces, so that B·A is zero; the rank must be even
	InitRandom     = "random"     // A uniform between ±1/√in, B between ±1/√r: the fresh adapter changes the model; PEFT's false
	InitPiSSA      = "pissa"      // s·B·A is the weight's r largest singular values and their vectors, taken from it (https://arxiv.org/abs/2404.02948)
	InitOLoRA      = "olora"      // B and A are the first r columns and rows of the weight's Q and R, s·B·A taken from it (https://arxiv.org/abs/2406.01775)
	InitEVA        = "eva"        // A is the principal directions of what the module is given, B zero (https://arxiv.org/abs/2410.07170); see [Adapter.Activations]
)

var inits = []string{InitKaiming, InitGaussian, InitOrthogonal, InitRandom, InitPiSSA, InitOLoRA, InitEVA}

// pissaPasses is N of "pissa_niter_N".
func pissaPasses(init string) (n int, ok bool) {
	number, ok := strings.CutPrefix(init, InitPiSSA+"_niter_")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(number)
	return n, err == nil && n >= 0 && strconv.Itoa(n) == number
}

func knownInit(init string) bool {
	_, ok := pissaPasses(init)
	return ok || slices.Contains(inits, init)
}

// movesWeights tells whether a start takes from the weights what it puts into B·A.
func movesWeights(init string) bool {
	return strings.HasPrefix(init, InitPiSSA) || init == InitOLoRA
}

// start draws the matrices of a target, A [r, in] and B [out, r]. The numbers depend on
// the seed and the module's name alone, so that neither the engine, nor the order of the
// modules, nor the choice of the others changes them.
func start(init string, seed int64, t Target) (A, B []float32) {
	rng := random.Named(seed, t.Name)
	if t.embedding {
		return startEmbedding(rng, init, t)
	}
	B = make([]float32, t.Out*t.R)
	switch init {
	case InitGaussian:
		A = make([]float32, t.R*t.In)
		for i := range A {
			A[i] = float32(rng.NormFloat64() / float64(t.R))
		}
	case InitOrthogonal:
		A, B = orthogonal(rng, t)
	case InitRandom:
		A = uniform(rng, t.R*t.In, t.In)
		B = uniform(rng, t.Out*t.R, t.R)
	default:
		A = uniform(rng, t.R*t.In, t.In)
	}
	return A, B
}

// uniform draws n values as kaiming_uniform does with a = √5 for a matrix of so many
// inputs, which comes to the uniform distribution between ±1/√inputs.
func uniform(rng *rand.Rand, n, inputs int) []float32 {
	bound := 1 / math.Sqrt(float64(inputs))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32((2*rng.Float64() - 1) * bound)
	}
	return values
}

// orthogonal draws an orthogonal matrix [r, r] and gives A the space of one half of its
// rows and B that of the other, each by random factors over 10: PEFT's "orthogonal".
func orthogonal(rng *rand.Rand, t Target) (A, B []float32) {
	var qr mat.QR
	qr.Factorize(linalg.Gaussian(rng, t.R, t.R))
	var q, a, b mat.Dense
	qr.QTo(&q)
	odd, even := mat.NewDense(t.R/2, t.R, nil), mat.NewDense(t.R/2, t.R, nil)
	for i := range t.R / 2 {
		odd.SetRow(i, q.RawRowView(2*i))
		even.SetRow(i, q.RawRowView(2*i+1))
	}
	a.Mul(odd.T(), linalg.Gaussian(rng, t.R/2, t.In))
	b.Mul(linalg.Gaussian(rng, t.Out, t.R/2), even)
	return tenth(&a), tenth(&b)
}

// tenth is m/10.
func tenth(m *mat.Dense) []float32 {
	m.Apply(func(_, _ int, v float64) float64 { return v / 10 }, m)
	return linalg.Flat32(m)
}
