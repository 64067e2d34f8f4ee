package bert

import (
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/random"
)

// setVariable stores values as the parameter's frozen variable.
func setVariable(store *model.Store, p param, values []float32) {
	store.VariableWithValue(p.path(), tensors.FromFlatDataAndDimensions(values, p.shape...)).SetTrainable(false)
}

// initialise makes fresh parameters as transformers does: biases 0, weights normal
// with the configuration's standard deviation. Each is drawn from a generator of
// its own, seeded by seed and name, so that the order does not matter.
func (c Config) initialise(store *model.Store, params []param, seed int64) {
	for _, p := range params {
		size := 1
		for _, d := range p.shape {
			size *= d
		}
		values := make([]float32, size)
		if len(p.shape) > 1 {
			rng := random.Named(seed, p.name)
			for i := range values {
				values[i] = float32(rng.NormFloat64() * c.InitializerRange)
			}
		}
		setVariable(store, p, values)
	}
}
