package lora

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// copies are the tensors that save_embedding_layers=True makes PEFT write besides, by
// their keys: those of the base model with the variables that they copy, and what is in
// the file twice, with nil.
type copies map[string]*model.Variable

// copies are those of the adapted embeddings. PEFT loads them into the base model, so
// that another model's would change it.
func (l *layout) copies(store *model.Store) copies {
	list := copies{}
	for _, t := range l.targets {
		if t.embedding {
			list[peftPrefix+t.name+".base_layer.weight"] = store.GetVariable(t.scope + "/weight")
			if t.dora {
				list[keyMagnitude(t)+".weight"] = nil
			}
		}
	}
	return list
}

// isCopy tells whether a tensor of the file is that of the variable; nil is any.
func isCopy(file *safetensors.File, name string, original *model.Variable) (bool, error) {
	if original == nil {
		return true, nil
	}
	found, err := file.Float32(name)
	if err != nil {
		return false, fmt.Errorf("lora: %w", err)
	}
	values, err := floats(original)
	return slices.Equal(found, values), err
}
