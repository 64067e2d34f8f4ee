package adapters

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora"
)

// ownStore makes a store for one adapter. It shares the base's tensors, except those of the
// adapter's modules to save and of the biases that learn, which it copies. A module to save in
// outputs, by its scope, has this number of outputs and zeros instead.
func (s *Set) ownStore(c lora.Config, outputs map[string]int) (*model.Store, error) {
	l, err := c.Layout(s.store, s.modules)
	if err != nil {
		return nil, err
	}
	copied, resized := map[string]bool{}, map[string]int{}
	for _, v := range slices.Concat(l.Saved, l.Biases) {
		copied[v.Variable.Path()] = true
	}
	for _, v := range l.Saved {
		if n := outputs[v.Variable.Scope()]; n > 0 && n != v.Variable.Shape().Dim(0) {
			resized[v.Variable.Path()] = n
		}
	}
	own := model.NewStore()
	for v := range s.store.IterVariables() {
		if strings.HasPrefix(v.Name(), "#") {
			continue
		}
		value, err := v.Value()
		switch n := resized[v.Path()]; {
		case err != nil:
		case n > 0:
			shape := v.Shape().Clone()
			shape.Dimensions[0] = n
			value = tensors.FromShape(shape)
		case copied[v.Path()]:
			value, err = value.Clone()
		}
		if err != nil {
			return nil, fmt.Errorf("adapters: variable %s: %w", v.Path(), err)
		}
		own.VariableWithValue(v.Path(), value)
	}
	return own, nil
}

// copyWeights gives an adapter's store copies of the weights of its targets before it is
// injected, so that an initialization that changes them does not change the base's.
func (s *Set) copyWeights(c lora.Config, own *model.Store) error {
	l, err := c.Layout(own, s.modules)
	if err != nil {
		return err
	}
	for _, t := range l.Targets {
		weight := own.GetVariable(t.PathWeight())
		value, err := weight.Value()
		if err == nil {
			value, err = value.Clone()
		}
		if err == nil {
			err = weight.SetValuePreservingOld(value)
		}
		if err != nil {
			return fmt.Errorf("adapters: variable %s: %w", weight.Path(), err)
		}
	}
	return nil
}

// shareWeights replaces the copies by the base's weights again. An initialization that changed
// them is an error.
func (s *Set) shareWeights(a *lora.Adapter) error {
	for _, t := range a.Layout().Targets {
		own, base := a.Store().GetVariable(t.PathWeight()), s.store.GetVariable(t.PathWeight())
		after, errOwn := floats.Read(own)
		before, errBase := floats.Read(base)
		if err := errors.Join(errOwn, errBase); err != nil {
			return fmt.Errorf("adapters: %w", err)
		}
		if !slices.Equal(after, before) {
			return &lora.ConfigError{Field: "init_lora_weights", Value: a.Config().Init, Reason: "changes the base's weights, which the other adapters share: choose another initialization"}
		}
		value, err := base.Value()
		if err == nil {
			err = own.SetValue(value)
		}
		if err != nil {
			return fmt.Errorf("adapters: variable %s: %w", own.Path(), err)
		}
	}
	return nil
}
