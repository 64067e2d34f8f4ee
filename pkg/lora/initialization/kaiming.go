package initialization

import (
	"math"
	"math/rand/v2"
)

// Kaiming draws A uniformly between ±1/√in and sets B to zero. It is PEFT's default, true,
// and the initialization of Microsoft's loralib.
const Kaiming = "kaiming"

var kaiming = Method{
	Name: Kaiming,
	PEFT: true,
	Draw: func(rng *rand.Rand, m Module) (A, B []float32) {
		return drawUniform(rng, m.Rank*m.In, m.In), zeros(m.Out, m.Rank)
	},
	DrawEmbedding: drawEmbedding,
	LoRABias:      true,
}

// drawUniform draws n values as PyTorch's kaiming_uniform_ with a = √5 does for a matrix with
// the given number of inputs: uniformly between ±1/√inputs.
func drawUniform(rng *rand.Rand, n, inputs int) []float32 {
	bound := 1 / math.Sqrt(float64(inputs))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32((2*rng.Float64() - 1) * bound)
	}
	return values
}
