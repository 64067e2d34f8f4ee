package initialization

import "math/rand/v2"

// Random draws A uniformly between ±1/√in and B between ±1/√r, so that the fresh adapter
// changes the model; PEFT's false. Of an embedding it draws both from a normal distribution
// with deviation 1.
const Random = "random"

var uniform = Method{
	Name: Random,
	PEFT: false,
	Draw: func(rng *rand.Rand, m Module) (A, B []float32) {
		A = drawUniform(rng, m.Rank*m.In, m.In)
		return A, drawUniform(rng, m.Out*m.Rank, m.Rank)
	},
	DrawEmbedding: func(rng *rand.Rand, m Module) (A, B []float32) {
		B = drawNormal(rng, m.Out*m.Rank)
		return drawNormal(rng, m.Rank*m.In), B
	},
	LoRABias:    true,
	ChangesBase: true,
}
