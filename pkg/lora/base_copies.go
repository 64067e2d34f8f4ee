package lora

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// copies are the tensors that PEFT writes besides, by their keys, when save_embedding_layers
// is True, or its default finds that the vocabulary was resized: those of the base model
// with the variables that they copy, and what is in the file twice, with nil.
type copies map[string]*model.Variable

// copies are those of the embeddings, which are the matrices that are no projections. PEFT
// loads them into the base model, so that another model's would change it.
func (l *Layout) copies(c Config, store *model.Store) copies {
	list := copies{}
	for v := range store.IterVariables() {
		if scope := v.Scope(); strings.HasSuffix(scope, "/lora_A") || strings.HasSuffix(scope, "/lora_B") {
			continue
		}
		if v.Name() == "weight" && v.Shape().Rank() == 2 && isFloat(v.DType()) && !slices.Contains(l.projections, v.Scope()) && !l.saves(v) {
			list[peftPrefix+c.peftName(v.Path())] = v
		}
	}
	for _, t := range l.Targets {
		if t.embedding {
			list[peftPrefix+t.Name+".base_layer.weight"] = store.GetVariable(t.Scope + "/weight")
			if t.DoRA {
				list[keyMagnitude(t)+".weight"] = nil
			}
		}
	}
	return list
}

// saves tells whether a variable is one of a module to save.
func (l *Layout) saves(v *model.Variable) bool {
	return slices.ContainsFunc(l.Saved, func(s SavedVariable) bool { return s.Variable == v })
}

// stray tells whether a tensor of PEFT's file is one that bias=all and saved embeddings
// make it write besides: of the two copies that it keeps of a module to save, the trained
// one, which is the tensor of in the file once more, or the untouched one, for which of is
// empty.
func (l *Layout) stray(c Config, key string) (of string, ok bool) {
	for _, copied := range []string{".modules_to_save.", ".original_module."} {
		module, rest, found := strings.Cut(key, copied)
		if !found || !(c.Bias == BiasAll && strings.HasSuffix(rest, "bias") || l.savesEmbedding(module)) {
			continue
		}
		if copied == ".original_module." {
			return "", true
		}
		return module + "." + strings.TrimPrefix(rest, "default."), true
	}
	return "", false
}

// savesEmbedding tells whether a module, by its key, is an embedding to save.
func (l *Layout) savesEmbedding(module string) bool {
	return slices.ContainsFunc(l.Saved, func(s SavedVariable) bool {
		return s.key == module+".weight" && s.Variable.Shape().Rank() == 2 && !slices.Contains(l.projections, s.Variable.Scope())
	})
}

// isCopy tells whether a tensor of the file is that of the variable; nil is any.
func isCopy(file *safetensors.File, name string, original *model.Variable) (bool, error) {
	if original == nil {
		return true, nil
	}
	if _, shape, _ := file.Info(name); !slices.Equal(shape, original.Shape().Dimensions) {
		return false, nil
	}
	found, err := file.Float32(name)
	if err != nil {
		return false, fmt.Errorf("lora: %w", err)
	}
	values, err := floats.Read(original)
	return slices.Equal(found, values), err
}
