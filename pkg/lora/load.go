package lora

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Open puts the adapter saved in a folder, by PEFT or by [Adapter.Save], on the
// model whose variables the store holds, as [Adapter.Inject] puts a fresh one;
// the modules to save get their values from the file. The base embeddings that PEFT
// writes with save_embedding_layers must be the model's own.
//
// Errors: those of [ReadConfig]; a *[TargetError] when the file's settings match
// none of the modules; a *[TensorsError] when its tensors are not exactly those
// that settings and model call for, as with an adapter for another width. The
// store is then as it was.
func Open(dir string, store *model.Store, modules []string, embeddings ...string) (*Adapter, error) {
	c, foreign, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	a, err := New(c)
	if err != nil {
		return nil, err
	}
	l, err := newLayout(a.config, a.matcher, store, modules, embeddings, true)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, filepath.Join(dir, ConfigFile))
	}
	values, err := readTensors(dir, l.shapes(a.config), l.copies(store), a.config.stray)
	if err != nil {
		return nil, err
	}
	given, err := l.readSparse(dir, values)
	if err != nil {
		return nil, err
	}
	for i, s := range l.sparse { // fewer than the file's r says where it is filled up
		l.sparse[i].entries = len(given[s.scope].values)
	}
	places := func(s sparse) entries { return given[s.scope] }
	err = a.attach(store, l, places, func(t target) (parts, error) {
		return parts{values[keyA(t)], values[keyB(t)], values[keyBias(t)], values[keyMagnitude(t)]}, nil
	})
	if err != nil {
		return nil, err
	}
	if err := a.setSaved(values); err != nil {
		return nil, err
	}
	a.foreign = foreign
	return a, nil
}

// Load gives an injected adapter the values that are saved in a folder, its
// modules to save included: an earlier state of it, or another adapter of the same
// configuration. Each target's rank and alpha, RSLoRA, targets and modules to save must be the
// same, else it gives a *[ConfigError] or a *[TensorsError]; dropout and the
// rest may differ, and the adapter keeps its own. SHiRA's entries move to where the file
// has them, and must be as many. After an error nothing is
// changed.
func (a *Adapter) Load(dir string) error {
	switch {
	case a.store == nil:
		return ErrNotInjected
	case a.merged != nil:
		return ErrMerged
	}
	c, _, err := readConfig(dir)
	if err != nil {
		return err
	}
	differs := func(field string, found, mine any) error {
		return &ConfigError{Path: filepath.Join(dir, ConfigFile), Field: field, Value: found, Reason: fmt.Sprintf("the adapter has %v", mine)}
	}
	switch {
	case c.PeftType != a.config.PeftType:
		return differs("peft_type", cmp.Or(c.PeftType, LoRA), cmp.Or(a.config.PeftType, LoRA))
	case c.R != a.config.R && a.config.Fraction == 0 && len(c.RankPattern)+len(a.config.RankPattern) == 0:
		return differs("r", c.R, a.config.R)
	case c.DoRA != a.config.DoRA:
		return differs("use_dora", c.DoRA, a.config.DoRA)
	case c.Bias != a.config.Bias:
		return differs("bias", c.Bias, a.config.Bias)
	case c.LoRABias != a.config.LoRABias:
		return differs("lora_bias", c.LoRABias, a.config.LoRABias)
	case c.RSLoRA != a.config.RSLoRA:
		return differs("use_rslora", c.RSLoRA, a.config.RSLoRA)
	case c.Alpha != a.config.Alpha && len(c.AlphaPattern)+len(a.config.AlphaPattern) == 0:
		return differs("lora_alpha", c.Alpha, a.config.Alpha)
	}
	if err := a.sameStrengths(c, differs); err != nil {
		return err
	}
	values, err := readTensors(dir, a.layout.shapes(a.config), a.layout.copies(a.store), c.stray)
	if err != nil {
		return err
	}
	given, err := a.layout.readSparse(dir, values)
	if err != nil {
		return err
	}
	if err := a.loadSparse(dir, given); err != nil {
		return err
	}
	for _, t := range a.layout.targets {
		parts := map[string]*tensors.Tensor{
			t.pathA(): tensorOf(values[keyA(t)], a.shapeA(t)),
			t.pathB(): tensorOf(values[keyB(t)], a.shapeB(t)),
		}
		if t.bias {
			parts[t.pathBias()] = tensors.FromFlatDataAndDimensions(values[keyBias(t)], t.out)
		}
		if t.dora {
			parts[t.pathMagnitude()] = tensors.FromFlatDataAndDimensions(values[keyMagnitude(t)], t.out)
		}
		for path, value := range parts {
			if err := a.store.GetVariable(path).SetValue(value); err != nil {
				return fmt.Errorf("lora: set %s: %w", path, err)
			}
		}
	}
	return a.setSaved(values)
}

// sameStrengths checks that a configuration gives every target the rank and scaling
// that it has.
func (a *Adapter) sameStrengths(c Config, differs func(field string, found, mine any) error) error {
	other, err := New(c)
	if err != nil {
		return err
	}
	for _, t := range a.layout.targets {
		r, scaling, err := other.matcher.strength(t)
		switch {
		case err != nil:
			return err
		case r != t.r:
			return differs("rank_pattern", fmt.Sprintf("rank %d for %s", r, t.name), fmt.Sprintf("rank %d", t.r))
		case scaling != t.scaling:
			return differs("alpha_pattern", fmt.Sprintf("scaling %g for %s", scaling, t.name), fmt.Sprintf("scaling %g", t.scaling))
		}
	}
	return nil
}

// setSaved gives the modules to save, and the biases that learn, their values.
func (a *Adapter) setSaved(values map[string][]float32) error {
	for _, s := range slices.Concat(a.layout.saved, a.layout.biases) {
		value := tensorOf(slices.Clone(values[s.key]), s.variable.Shape())
		if err := s.variable.SetValue(value); err != nil {
			return fmt.Errorf("lora: set %s: %w", s.name, err)
		}
	}
	return nil
}
