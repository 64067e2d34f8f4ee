package lora

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// Open puts the adapter saved in a folder, by PEFT or by [Adapter.Save], on the
// model whose variables the store holds, as [Adapter.Inject] puts a fresh one;
// the modules to save get their values from the file. Base embeddings that PEFT writes
// besides must be the model's own: where tokens were added to the vocabulary, the model
// has to have them too, as package finetune's OpenClassifier sees to.
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
	a, err := newAdapter(c, true)
	if err != nil {
		return nil, err
	}
	if a.labels, err = ReadLabels(dir); err != nil {
		return nil, err
	}
	if a.config.BaseModelPrefix, err = fileScope(dir, modules); err != nil {
		return nil, err
	}
	l, err := newLayout(a.config, a.matcher, store, modules, embeddings, true)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, filepath.Join(dir, ConfigFile))
	}
	values, err := readTensors(dir, l.shapes(a.config, 1), l.copies(a.config, store), func(key string) (string, bool) { return l.stray(a.config, key) })
	if err != nil {
		return nil, err
	}
	changed, err := l.readSparse(dir, values)
	if err != nil {
		return nil, err
	}
	for i, s := range l.sparse { // fewer than the file's r says where it is filled up
		l.sparse[i].entries = len(changed[s.Scope].values)
	}
	places := func(s sparse) entries { return changed[s.Scope] }
	given := map[string]parts{}
	for _, t := range l.Targets {
		given[t.Scope] = parts{A: values[keyA(t)], B: values[keyB(t)], bias: values[keyBias(t)], magnitude: values[keyMagnitude(t)]}
	}
	if err := a.attach(store, l, places, given); err != nil {
		return nil, err
	}
	if err := a.setSaved(values); err != nil {
		return nil, err
	}
	a.foreign, a.warnings = foreign, fileWarnings(a.config, foreign)
	if len(l.beyond) > 0 {
		a.warnings = append(a.warnings, fmt.Sprintf("%s: layers_to_transform %v: the model has no such layers, which has no effect, as in PEFT", ConfigFile, l.beyond))
	}
	return a, nil
}

// Load gives an injected adapter the values that are saved in a folder, its
// modules to save included: an earlier state of it, or another adapter of the same
// configuration. Each target's rank and alpha, RSLoRA, targets and modules to save must be the
// same, else it gives a *[ConfigError] or a *[TensorsError]; dropout and the
// rest may differ, and the adapter keeps its own. SHiRA's entries move to where the file
// has them, and must be as many. Where the initialization moved a part of the
// weights into the matrices, only an adapter with the same initial matrices can be loaded:
// the file holds them, and others give an *[initialization.Error]. After an error nothing is changed.
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
	labels, err := ReadLabels(dir)
	if err != nil {
		return err
	}
	if labels != nil && a.labels != nil && !slices.Equal(labels, a.labels) {
		return &ConfigError{Path: filepath.Join(dir, LabelsFile), Field: "labels", Value: labels, Reason: fmt.Sprintf("the adapter has %q", a.labels)}
	}
	differs := func(field string, found, mine any) error {
		return &ConfigError{Path: filepath.Join(dir, ConfigFile), Field: field, Value: found, Reason: fmt.Sprintf("the adapter has %v", mine)}
	}
	mine := a.savedConfig()
	switch {
	case c.PeftType != a.config.PeftType:
		return differs("peft_type", cmp.Or(c.PeftType, LoRA), cmp.Or(a.config.PeftType, LoRA))
	case c.R != mine.R && len(c.RankPattern)+len(mine.RankPattern) == 0:
		return differs("r", c.R, mine.R)
	case c.DoRA != a.config.DoRA:
		return differs("use_dora", c.DoRA, a.config.DoRA)
	case c.Bias != a.config.Bias:
		return differs("bias", c.Bias, a.config.Bias)
	case c.LoRABias != a.config.LoRABias:
		return differs("lora_bias", c.LoRABias, a.config.LoRABias)
	case c.RSLoRA != a.config.RSLoRA:
		return differs("use_rslora", c.RSLoRA, a.config.RSLoRA)
	case c.Alpha != mine.Alpha && len(c.AlphaPattern)+len(mine.AlphaPattern) == 0:
		return differs("lora_alpha", c.Alpha, mine.Alpha)
	}
	if err := a.sameStrengths(c, mine, differs); err != nil {
		return err
	}
	values, err := readTensors(dir, a.layout.shapes(a.config, a.times()), a.layout.copies(a.config, a.store), func(key string) (string, bool) { return a.layout.stray(c, key) })
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
	if a.times() == 2 {
		for _, t := range a.layout.Targets {
			A, B, ok := t.halved(values[keyA(t)], values[keyB(t)], a.initial[t.Scope])
			if !ok {
				return &initialization.Error{Module: t.Name, Method: a.config.Init, Reason: "expected the initial matrices of this adapter, found others in " + dir + ": put that adapter on an untouched model with Open"}
			}
			values[keyA(t)], values[keyB(t)] = A, B
		}
	}
	for _, t := range a.layout.Targets {
		parts := map[string]*tensors.Tensor{
			t.PathA(): floats.Tensor(values[keyA(t)], a.shapeA(t)),
			t.PathB(): floats.Tensor(values[keyB(t)], a.shapeB(t)),
		}
		if t.Bias {
			parts[t.PathBias()] = tensors.FromFlatDataAndDimensions(values[keyBias(t)], t.Out)
		}
		if t.DoRA {
			parts[t.PathMagnitude()] = tensors.FromFlatDataAndDimensions(values[keyMagnitude(t)], t.Out)
		}
		for path, value := range parts {
			if err := a.store.GetVariable(path).SetValue(value); err != nil {
				return fmt.Errorf("lora: set %s: %w", path, err)
			}
		}
	}
	return a.setSaved(values)
}

// sameStrengths checks that a file's configuration gives every target the rank and
// scaling that mine, the adapter's as it would be written, gives it.
func (a *Adapter) sameStrengths(c, mine Config, differs func(field string, found, mine any) error) error {
	var matchers [2]*matcher
	for i, c := range []Config{c, mine} {
		adapter, err := newAdapter(c, true)
		if err != nil {
			return err
		}
		matchers[i] = adapter.matcher
	}
	for _, t := range a.layout.Targets {
		found, alpha, err := matchers[0].strength(t)
		if err != nil {
			return err
		}
		r, mineAlpha, err := matchers[1].strength(t)
		scaling, mineScaling := c.scaling(found, alpha), mine.scaling(r, mineAlpha)
		switch {
		case err != nil:
			return err
		case found != r:
			return differs("rank_pattern", fmt.Sprintf("rank %d for %s", found, t.Name), fmt.Sprintf("rank %d", r))
		case scaling != mineScaling:
			return differs("alpha_pattern", fmt.Sprintf("scaling %g for %s", scaling, t.Name), fmt.Sprintf("scaling %g", mineScaling))
		}
	}
	return nil
}

// setSaved gives the modules to save, and the biases that learn, the given values, by their
// keys in PEFT's file.
func (a *Adapter) setSaved(values map[string][]float32) error {
	for _, s := range slices.Concat(a.layout.Saved, a.layout.Biases) {
		given, ok := values[s.key]
		if !ok {
			continue
		}
		value := floats.Tensor(slices.Clone(given), s.Variable.Shape())
		if err := s.Variable.SetValue(value); err != nil {
			return fmt.Errorf("lora: set %s: %w", s.Name, err)
		}
	}
	return nil
}
