package lora

import (
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// findBiases finds the biases of the model that learn, but those of the modules to
// save, which learn as a whole.
func (l *layout) findBiases(c Config, store *model.Store) {
	if c.Bias == BiasNone {
		return
	}
	adapted := map[string]bool{}
	for _, t := range l.targets {
		adapted[t.name] = true
	}
	for v := range store.IterVariables() {
		name := c.peftName(v.Path())
		module, ok := strings.CutSuffix(name, ".bias")
		if !ok || !isFloat(v.DType()) || savedModule(c.ModulesToSave, name) != "" {
			continue
		}
		s := saved{module: module, name: name, key: peftPrefix + name, variable: v}
		if adapted[module] {
			s.key = peftPrefix + module + ".base_layer.bias"
		} else if c.Bias != BiasAll {
			continue
		}
		l.biases = append(l.biases, s)
	}
	slices.SortFunc(l.biases, func(a, b saved) int { return strings.Compare(a.name, b.name) })
}
