package bert

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/gomlx/core/tensors"
)

// RoundProjections keeps the frozen matrices of the projections, see [Model.DenseModules],
// in bfloat16 from now on: half the memory. On an engine whose products round their
// factors to bfloat16 the network computes the same to the bit, without rounding these
// anew at every step; on others they are rounded weights. What learns stays float32, so
// freeze and adapt first. Such a model cannot be saved.
func (m *Model) RoundProjections() error {
	for _, module := range m.DenseModules() {
		v := m.Store.GetVariable("/" + module + "/weight")
		if v.Trainable || v.DType() != dtypes.Float32 {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("%s/weight: %w", module, err)
		}
		var half *tensors.Tensor
		err = value.ConstFlatData(func(flat any) {
			half = tensors.FromFlatDataAndDimensions(bfloat16.FromFloat32s(flat.([]float32)...), v.Shape().Dimensions...)
		})
		if err != nil {
			return fmt.Errorf("%s/weight: %w", module, err)
		}
		if err := v.SetValue(half); err != nil {
			return fmt.Errorf("%s/weight: %w", module, err)
		}
	}
	return nil
}
