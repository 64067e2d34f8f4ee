package bert

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/dotted"
)

// RoundProjections converts the frozen matrices of the projections (see [Model.DenseModules])
// to bfloat16, which halves their memory. On an engine that rounds the factors of products
// to bfloat16, the network computes exactly the same, without rounding the matrices at each
// step; on other engines it computes with rounded weights. Trainable matrices stay float32:
// freeze weights and add adapters first. A model with rounded matrices cannot be saved.
func (m *Model) RoundProjections() error {
	for _, module := range m.DenseModules() {
		v := m.Store.GetVariable(dotted.Absolute(module + "/weight"))
		if v.Trainable || v.DType() != dtypes.Float32 {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("bert: %s/weight: %w", module, err)
		}
		var half *tensors.Tensor
		err = value.ConstFlatData(func(flat any) {
			half = tensors.FromFlatDataAndDimensions(bfloat16.FromFloat32s(flat.([]float32)...), v.Shape().Dimensions...)
		})
		if err != nil {
			return fmt.Errorf("bert: %s/weight: %w", module, err)
		}
		if err := v.SetValue(half); err != nil {
			return fmt.Errorf("bert: %s/weight: %w", module, err)
		}
	}
	return nil
}
