package testenv

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
)

// Follows checks that a compiled graph reads the store's float variables in each run: it calls
// outputs, changes one variable after the other, and expects other outputs after each change
// and the first outputs again at the end. without reports variables that have no effect on the
// outputs. It returns the number of variables that it changed.
func Follows(t testing.TB, store *model.Store, outputs func() []float32, without func(v *model.Variable) bool) int {
	t.Helper()
	first, changed := outputs(), 0
	for v := range store.IterVariables() {
		if !floats.Supported(v.DType()) || without(v) {
			continue
		}
		values, err := floats.Read(v)
		if err != nil {
			t.Fatal(err)
		}
		other := slices.Clone(values)
		for i := range other { // not the same in each row, which a norm or a softmax could remove
			other[i] += float32(0.5 + 0.25*math.Sin(float64(i)))
		}
		set := func(values []float32) {
			if err := v.SetValue(floats.Tensor(values, v.Shape())); err != nil {
				t.Fatal(err)
			}
		}
		set(other)
		if slices.Equal(outputs(), first) {
			t.Errorf("%s: the outputs of the compiled graph stay the same with other values", v.Path())
		}
		set(values)
		changed++
	}
	if !slices.Equal(outputs(), first) {
		t.Error("with the first values again, the outputs are not the first ones")
	}
	return changed
}
