package floats

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Read copies a variable's values out, row-major, as float32.
func Read(v *model.Variable) ([]float32, error) {
	t, err := v.Value()
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	return FromTensor(t)
}

func FromTensor(t *tensors.Tensor) ([]float32, error) {
	values := make([]float32, t.Size())
	err := t.ConstFlatData(func(flat any) {
		switch flat := flat.(type) {
		case []float32:
			copy(values, flat)
		case []bfloat16.BFloat16:
			for i, x := range flat {
				values[i] = x.Float32()
			}
		case []float16.Float16:
			for i, x := range flat {
				values[i] = x.Float32()
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	return values, nil
}

// Tensor makes a tensor of a shape whose type isFloat, rounded where it is
// narrower than float32.
func Tensor(values []float32, shape shapes.Shape) *tensors.Tensor {
	switch shape.DType {
	case dtypes.BFloat16:
		return tensors.FromFlatDataAndDimensions(bfloat16.FromFloat32s(values...), shape.Dimensions...)
	case dtypes.Float16:
		return tensors.FromFlatDataAndDimensions(float16.FromFloat32s(values...), shape.Dimensions...)
	}
	return tensors.FromFlatDataAndDimensions(values, shape.Dimensions...)
}

// Finite tells whether all values are numbers.
func Finite(values []float32) bool {
	return !slices.ContainsFunc(values, func(x float32) bool { return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) })
}
