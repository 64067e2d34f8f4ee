package initialization

import "math/rand/v2"

// Gaussian draws A from a normal distribution with deviation 1/r and sets B to zero; PEFT's
// "gaussian".
const Gaussian = "gaussian"

var gaussian = Method{
	Name: Gaussian,
	PEFT: Gaussian,
	Draw: func(rng *rand.Rand, m Module) (A, B []float32) {
		A = make([]float32, m.Rank*m.In)
		for i := range A {
			A[i] = float32(rng.NormFloat64() / float64(m.Rank))
		}
		return A, zeros(m.Out, m.Rank)
	},
	DrawEmbedding: drawEmbedding,
}
