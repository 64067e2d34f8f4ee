package lora

import (
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/lorabook/lorabook/internal/floats"
)

// findBiases finds the biases of the model that learn. Those of the modules to save are not
// among them: such a module learns whole.
func (l *Layout) findBiases(c Config, store *model.Store) {
	if c.Bias == BiasNone {
		return
	}
	adapted := map[string]bool{}
	for _, t := range l.Targets {
		adapted[t.Name] = true
	}
	for v := range store.IterVariables() {
		name := c.peftName(v.Path())
		module, ok := strings.CutSuffix(name, ".bias")
		if !ok || !floats.Supported(v.DType()) || savedModule(c.ModulesToSave, name) != "" {
			continue
		}
		s := SavedVariable{Module: module, Name: name, key: peftPrefix + name, Variable: v}
		if adapted[module] {
			s.key = peftPrefix + module + ".base_layer.bias"
		} else if c.Bias != BiasAll {
			continue
		}
		l.Biases = append(l.Biases, s)
	}
	slices.SortFunc(l.Biases, func(a, b SavedVariable) int { return strings.Compare(a.Name, b.Name) })
}
