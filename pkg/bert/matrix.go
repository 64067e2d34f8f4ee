package bert

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/dotted"
)

// Matrix copies a weight of two axes out of the store, to be looked at: its values row
// by row. It is named by Hugging Face's dotted name, as
// "bert.encoder.layer.0.attention.self.query.weight", or that of what an adapter has put
// beside it, as ".query.lora_A.weight".
func (m *Model) Matrix(name string) (values []float64, rows, columns int, err error) {
	v := m.Store.GetVariable(dotted.Path(name))
	if v == nil {
		return nil, 0, 0, fmt.Errorf("%s: the model has no such tensor", name)
	}
	shape := v.Shape()
	if shape.Rank() != 2 {
		return nil, 0, 0, fmt.Errorf("%s: has the shape %s, expected two axes", name, shape)
	}
	value, err := v.Value()
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%s: %w", name, err)
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%s: %w", name, err)
	}
	values = make([]float64, len(flat))
	for i, x := range flat {
		values[i] = float64(x)
	}
	return values, shape.Dim(0), shape.Dim(1), nil
}
