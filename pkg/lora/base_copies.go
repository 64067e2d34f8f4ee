package lora

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// baseCopies are the tensors of the base model that PEFT writes besides, by their keys, when
// save_embedding_layers is True, or its default finds that the vocabulary was resized. Each
// has the variable of which it is a copy, or nil for a tensor that is in the file twice.
type baseCopies map[string]*model.Variable

// baseCopies finds the embeddings of the base model: its matrices that are no projections.
// PEFT loads their copies into the base model, so that another model's would change it.
func (l *Layout) baseCopies(c Config, store *model.Store) baseCopies {
	list := baseCopies{}
	for v := range store.IterVariables() {
		if scope := v.Scope(); strings.HasSuffix(scope, "/lora_A") || strings.HasSuffix(scope, "/lora_B") {
			continue
		}
		if v.Name() == "weight" && v.Shape().Rank() == 2 && floats.Supported(v.DType()) && !slices.Contains(l.projections, v.Scope()) && !l.saves(v) {
			list[peftPrefix+c.peftName(v.Path())] = v
		}
	}
	for _, t := range l.Targets {
		if t.embedding {
			list[peftPrefix+t.Name+".base_layer.weight"] = store.GetVariable(t.PathWeight())
			if t.DoRA {
				list[keyMagnitude(t)+".weight"] = nil
			}
		}
	}
	return list
}

// saves reports whether a variable belongs to a module to save.
func (l *Layout) saves(v *model.Variable) bool {
	return slices.ContainsFunc(l.Saved, func(s SavedVariable) bool { return s.Variable == v })
}

// savedCopy reports whether a tensor of PEFT's file is one of the two copies of a module to
// save that bias=all and saved embeddings make PEFT write besides. original is the key of the
// trained tensor of which it must be a copy; empty for the untrained copy, which can have any
// values.
func (l *Layout) savedCopy(c Config, key string) (original string, ok bool) {
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

// savesEmbedding reports whether a module, by its key, is an embedding to save.
func (l *Layout) savesEmbedding(module string) bool {
	return slices.ContainsFunc(l.Saved, func(s SavedVariable) bool {
		return s.key == module+".weight" && s.Variable.Shape().Rank() == 2 && !slices.Contains(l.projections, s.Variable.Scope())
	})
}

// isCopy reports whether a tensor of the file has the values of the variable; nil stands for
// any. rounded reports whether it has them rounded to its type alone, as where the model was loaded in
// bfloat16.
func isCopy(file *safetensors.File, name string, original *model.Variable) (same, rounded bool, err error) {
	if original == nil {
		return true, false, nil
	}
	dtype, shape, _ := file.Info(name)
	if !slices.Equal(shape, original.Shape().Dimensions) {
		return false, false, nil
	}
	found, err := file.Float32(name)
	if err != nil {
		return false, false, fmt.Errorf("lora: %w", err)
	}
	values, err := floats.Read(original)
	if err != nil || slices.Equal(found, values) {
		return err == nil, false, err
	}
	narrow, ok := map[string]dtypes.DType{"BF16": dtypes.BFloat16, "F16": dtypes.Float16}[dtype]
	if !ok {
		return false, false, nil
	}
	values, err = floats.FromTensor(floats.Tensor(values, shapes.Make(narrow, shape...)))
	return false, err == nil && slices.Equal(found, values), err
}
