package lora

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/random"
)

// Values of a [Config]'s Init: how a fresh adapter's matrices are drawn.
const (
	InitKaiming    = "kaiming"    // A uniform between ±1/√in, B zero; PEFT's true
	InitGaussian   = "gaussian"   // A normal with deviation 1/r, B zero
	InitOrthogonal = "orthogonal" // both random, in orthogonal spaces, so that B·A is zero; the rank must be even
	InitRandom     = "random"     // A uniform between ±1/√in, B between ±1/√r: the fresh adapter changes the model; PEFT's false
)

// start draws the matrices of a target, A [r, in] and B [out, r]. The numbers depend on
// the seed and the module's name alone, so that neither the engine, nor the order of the
// modules, nor the choice of the others changes them.
func start(init string, seed int64, t target) (A, B []float32) {
	rng := random.Named(seed, t.name)
	if t.embedding {
		return startEmbedding(rng, init, t)
	}
	B = make([]float32, t.out*t.r)
	switch init {
	case InitGaussian:
		A = make([]float32, t.r*t.in)
		for i := range A {
			A[i] = float32(rng.NormFloat64() / float64(t.r))
		}
	case InitOrthogonal:
		A, B = orthogonal(rng, t)
	case InitRandom:
		A = uniform(rng, t.r*t.in, t.in)
		B = uniform(rng, t.out*t.r, t.r)
	default:
		A = uniform(rng, t.r*t.in, t.in)
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
func orthogonal(rng *rand.Rand, t target) (A, B []float32) {
	var qr mat.QR
	qr.Factorize(gaussian(rng, t.r, t.r))
	var q, a, b mat.Dense
	qr.QTo(&q)
	odd, even := mat.NewDense(t.r/2, t.r, nil), mat.NewDense(t.r/2, t.r, nil)
	for i := range t.r / 2 {
		odd.SetRow(i, q.RawRowView(2*i))
		even.SetRow(i, q.RawRowView(2*i+1))
	}
	a.Mul(odd.T(), gaussian(rng, t.r/2, t.in))
	b.Mul(gaussian(rng, t.out, t.r/2), even)
	return tenth(&a), tenth(&b)
}

func gaussian(rng *rand.Rand, rows, columns int) *mat.Dense {
	values := make([]float64, rows*columns)
	for i := range values {
		values[i] = rng.NormFloat64()
	}
	return mat.NewDense(rows, columns, values)
}

// tenth is m/10, row by row.
func tenth(m *mat.Dense) []float32 {
	rows, columns := m.Dims()
	values := make([]float32, 0, rows*columns)
	for i := range rows {
		for _, v := range m.RawRowView(i) {
			values = append(values, float32(v/10))
		}
	}
	return values
}
