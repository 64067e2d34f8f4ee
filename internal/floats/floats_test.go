package floats_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
)

// What a tensor is made of comes back, rounded to the tensor's type.
func TestThereAndBack(t *testing.T) {
	values := []float32{0, 1, -2.5, 1.0009765625, 3e4, 0.1}
	for dtype, want := range map[dtypes.DType][]float32{
		dtypes.Float32:  values,
		dtypes.BFloat16: {0, 1, -2.5, 1, 29952, 0.10009765625},
		dtypes.Float16:  {0, 1, -2.5, 1.0009765625, 3e4, 0.0999755859375},
	} {
		t.Run(dtype.String(), func(t *testing.T) {
			made := floats.Tensor(slices.Clone(values), shapes.Make(dtype, 2, 3))
			if !made.Shape().Equal(shapes.Make(dtype, 2, 3)) {
				t.Errorf("the tensor is %s", made.Shape())
			}
			v := model.NewStore().VariableWithValue("/x", made)
			got, err := floats.Read(v)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
}

func TestOtherTypes(t *testing.T) {
	for _, value := range []any{[]int32{1}, []float64{1}, []bool{true}} {
		tensor := tensors.MustFromAnyValue(value)
		if floats.Supported(tensor.DType()) {
			t.Errorf("%s is supported", tensor.DType())
		}
		if _, err := floats.FromTensor(tensor); err == nil || !strings.Contains(err.Error(), "expected float32") {
			t.Errorf("%s gave %v", tensor.DType(), err)
		}
		v := model.NewStore().VariableWithValue("/a/b", tensor)
		if _, err := floats.Read(v); err == nil || !strings.Contains(err.Error(), "/a/b") {
			t.Errorf("a variable of %s gave %v", tensor.DType(), err)
		}
	}
}

func TestFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if floats.Finite([]float32{1, float32(bad), 2}) {
			t.Errorf("%v is finite", bad)
		}
	}
	if !floats.Finite([]float32{-3e38, 0}) || !floats.Finite(nil) {
		t.Error("finite values are not finite")
	}
}

func TestFiniteVariable(t *testing.T) {
	store := model.NewStore()
	for name, c := range map[string]struct {
		value any
		want  bool
	}{
		"finite": {[]float32{1, -2}, true}, "NaN": {[]float32{1, float32(math.NaN())}, false}, "infinite": {float32(math.Inf(-1)), false},
	} {
		if got, err := floats.FiniteVariable(store.VariableWithValue("/"+name, c.value)); err != nil || got != c.want {
			t.Errorf("%s: %v (%v), expected %v", name, got, err, c.want)
		}
	}
	if _, err := floats.FiniteVariable(store.VariableWithValue("/counts", []int32{1})); err == nil {
		t.Error("a variable of integers is read")
	}
}
