package lora

import (
	"math"

	"github.com/lorabook/lorabook/internal/random"
)

// startA draws A [r, in] as PEFT does, by kaiming_uniform with a = √5, which comes
// to the uniform distribution between ±1/√in. The numbers depend on the seed and
// the module's name alone, so that neither the engine, nor the order of the
// modules, nor the choice of the others changes them.
func startA(seed int64, module string, r, in int) []float32 {
	rng := random.Named(seed, module)
	bound := 1 / math.Sqrt(float64(in))
	values := make([]float32, r*in)
	for i := range values {
		values[i] = float32((2*rng.Float64() - 1) * bound)
	}
	return values
}
