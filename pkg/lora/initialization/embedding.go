package initialization

import "math/rand/v2"

// drawEmbedding draws the matrices of an embedding as PEFT does for every initialization but
// [Random]: A zero, B from a normal distribution with deviation 1.
func drawEmbedding(rng *rand.Rand, m Module) (A, B []float32) {
	return zeros(m.Rank, m.In), drawNormal(rng, m.Out*m.Rank)
}

// drawNormal draws n values from a normal distribution with mean 0 and deviation 1.
func drawNormal(rng *rand.Rand, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return values
}
