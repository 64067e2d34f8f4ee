package toytest

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Randomize sets the values of float32 variables to normal numbers times size.
func Randomize(t testing.TB, rng *rand.Rand, size float32, variables ...*model.Variable) {
	t.Helper()
	for _, v := range variables {
		values := make([]float32, v.Shape().Size())
		for i := range values {
			values[i] = float32(rng.NormFloat64()) * size
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
}
