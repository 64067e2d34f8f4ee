// Package floats reads and makes tensors of float32, bfloat16 and float16 by float32 values,
// row by row.
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

// Supported reports whether the package reads and makes tensors of a type.
func Supported(d dtypes.DType) bool {
	return d == dtypes.Float32 || d == dtypes.BFloat16 || d == dtypes.Float16
}

// Read copies the values of a variable.
func Read(v *model.Variable) ([]float32, error) {
	t, err := v.Value()
	if err != nil {
		return nil, fmt.Errorf("read variable %s: %w", v.Path(), err)
	}
	values, err := FromTensor(t)
	if err != nil {
		return nil, fmt.Errorf("read variable %s: %w", v.Path(), err)
	}
	return values, nil
}

// FromTensor copies the values of a tensor. One of another type is an error.
func FromTensor(t *tensors.Tensor) ([]float32, error) {
	if !Supported(t.DType()) {
		return nil, fmt.Errorf("tensor %s: expected float32, bfloat16 or float16", t.Shape())
	}
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
		return nil, err
	}
	return values, nil
}

// Tensor makes a tensor of a shape whose type is [Supported], rounded where the type is
// narrower than float32. It may keep the values.
func Tensor(values []float32, shape shapes.Shape) *tensors.Tensor {
	switch shape.DType {
	case dtypes.BFloat16:
		return tensors.FromFlatDataAndDimensions(bfloat16.FromFloat32s(values...), shape.Dimensions...)
	case dtypes.Float16:
		return tensors.FromFlatDataAndDimensions(float16.FromFloat32s(values...), shape.Dimensions...)
	}
	return tensors.FromFlatDataAndDimensions(values, shape.Dimensions...)
}

// FiniteVariable reports whether all values of a float32 variable in this program's memory are finite
// numbers. It does not copy them.
func FiniteVariable(v *model.Variable) (finite bool, err error) {
	t, err := v.Value()
	if err != nil {
		return false, fmt.Errorf("read variable %s: %w", v.Path(), err)
	}
	if t.DType() != dtypes.Float32 {
		return false, fmt.Errorf("variable %s is %s, expected float32", v.Path(), t.Shape())
	}
	err = t.ConstFlatData(func(flat any) { finite = Finite(flat.([]float32)) })
	return finite, err
}

// Finite reports whether all values are finite numbers.
func Finite(values []float32) bool {
	return !slices.ContainsFunc(values, func(x float32) bool { return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) })
}
