package bert

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
)

// Matrix returns a copy of a tensor of two axes, row by row. name is Hugging Face's dotted
// name, such as "bert.encoder.layer.0.attention.self.query.weight", or that of an adapter's
// tensor beside it, such as "bert.encoder.layer.0.attention.self.query.lora_A.weight".
func (m *Model) Matrix(name string) (values []float64, rows, columns int, err error) {
	v := m.Variable(name)
	if v == nil {
		return nil, 0, 0, fmt.Errorf("bert: %s: the model has no such tensor, expected a name such as "+ClassifierWeight, name)
	}
	shape := v.Shape()
	if shape.Rank() != 2 {
		return nil, 0, 0, fmt.Errorf("bert: %s: has the shape %s, expected two axes", name, shape)
	}
	value, err := v.Value()
	if err != nil {
		return nil, 0, 0, fmt.Errorf("bert: %s: %w", name, err)
	}
	flat, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("bert: %s: %w", name, err)
	}
	values = make([]float64, len(flat))
	for i, x := range flat {
		values[i] = float64(x)
	}
	return values, shape.Dim(0), shape.Dim(1), nil
}
