package adapters

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora"
)

// ownStore is a store for an adapter alone. It shares the base's tensors but those that
// are the adapter's own: its modules to save and biases that learn.
func (s *Set) ownStore(c lora.Config) (*model.Store, error) {
	l, err := c.Layout(s.store, s.modules)
	if err != nil {
		return nil, err
	}
	copied := map[string]bool{}
	for _, v := range slices.Concat(l.Saved, l.Biases) {
		copied[v.Variable.Path()] = true
	}
	own := model.NewStore()
	for v := range s.store.IterVariables() {
		if strings.HasPrefix(v.Name(), "#") {
			continue
		}
		value, err := v.Value()
		if err == nil && copied[v.Path()] {
			value, err = value.Clone()
		}
		if err != nil {
			return nil, err
		}
		own.VariableWithValue(v.Path(), value)
	}
	return own, nil
}

// unshare gives an adapter that is to be made copies of the weights of its targets, so
// that a start which changes them spoils no one else's.
func (s *Set) unshare(c lora.Config, own *model.Store) error {
	l, err := c.Layout(own, s.modules)
	if err != nil {
		return err
	}
	for _, t := range l.Targets {
		weight := own.GetVariable(t.Scope + "/weight")
		value, err := weight.Value()
		if err == nil {
			value, err = value.Clone()
		}
		if err == nil {
			err = weight.SetValuePreservingOld(value)
		}
		if err != nil {
			return fmt.Errorf("adapters: %w", err)
		}
	}
	return nil
}

// share gives the copies up, and refuses a start that changed them.
func (s *Set) share(a *lora.Adapter) error {
	for _, t := range a.Layout().Targets {
		mine, base := a.Store().GetVariable(t.Scope+"/weight"), s.store.GetVariable(t.Scope+"/weight")
		changed, errMine := floats.Read(mine)
		was, errBase := floats.Read(base)
		if err := errors.Join(errMine, errBase); err != nil {
			return err
		}
		if !slices.Equal(changed, was) {
			return &lora.ConfigError{Field: "init_lora_weights", Value: a.Config().Init, Reason: "changes the base's weights, which the other adapters share: choose another start"}
		}
		value, err := base.Value()
		if err == nil {
			err = mine.SetValue(value)
		}
		if err != nil {
			return fmt.Errorf("adapters: %w", err)
		}
	}
	return nil
}
