package bert

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/heap"
)

// RoundProjections converts the frozen matrices of the projections (see [Model.DenseModules])
// to bfloat16, which halves their memory. On an engine that rounds the factors of products
// to bfloat16, the network computes exactly the same, without rounding the matrices at each
// step; on other engines it computes with rounded weights. Trainable matrices stay float32:
// freeze weights and add adapters first. A model with rounded matrices cannot be saved.
//
// The matrices are rounded one after another, and the memory of those that are done is returned to
// the system on the way.
func (m *Model) RoundProjections() error {
	var replaced heap.Replaced
	for _, module := range m.DenseModules() {
		v := m.Store.GetVariable(dotted.Absolute(module + "/weight"))
		if v.Trainable || v.DType() != dtypes.Float32 {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("bert: %s/weight: %w", module, err)
		}
		half, err := rounded(value)
		if err != nil {
			return fmt.Errorf("bert: %s/weight: %w", module, err)
		}
		exact := value.Shape().ByteSize()
		if err := v.SetValue(half); err != nil {
			return fmt.Errorf("bert: %s/weight: %w", module, err)
		}
		replaced.Add(exact)
	}
	replaced.Return()
	return nil
}

// rounded returns a float32 tensor in bfloat16.
func rounded(t *tensors.Tensor) (*tensors.Tensor, error) {
	half := tensors.FromShape(shapes.Make(dtypes.BFloat16, t.Shape().Dimensions...))
	var accessErr error
	err := t.ConstFlatData(func(from any) {
		values := from.([]float32)
		accessErr = half.MutableFlatData(func(to any) {
			halves := to.([]bfloat16.BFloat16)
			for i, x := range values {
				halves[i] = bfloat16.FromFloat32(x)
			}
		})
	})
	return half, errors.Join(err, accessErr)
}
