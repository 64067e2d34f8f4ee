package lora

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// Open puts the adapter saved in a folder, by PEFT or by [Adapter.Save], on the model whose
// variables the store holds, as [Adapter.Inject] puts a fresh one. modules and embeddings are
// as for Inject. The modules to save get their values from the file. Base embeddings that PEFT
// writes besides must be the model's own: where tokens were added to the vocabulary, the model
// must have them too.
//
// Errors: those of [ReadConfig]; a *[TargetError] when the file's settings match none of the
// modules; a *[TensorsError] when its tensors are not exactly those that settings and model
// call for, as with an adapter for another width. The store is then as it was.
func Open(dir string, store *model.Store, modules []string, embeddings ...string) (*Adapter, error) {
	c, others, err := readConfig(dir)
	if err != nil {
		return nil, err
	}
	a, err := newAdapter(c, true)
	if err != nil {
		return nil, err
	}
	recorded, err := readLabels(dir)
	if err != nil {
		return nil, err
	}
	a.labels, a.problem = recorded.Labels, recorded.ProblemType
	if a.config.BaseModelPrefix, err = prefixInFile(dir, modules); err != nil {
		return nil, err
	}
	l, err := newLayout(a.config, a.matcher, store, modules, embeddings, true)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, filepath.Join(dir, ConfigFile))
	}
	expected := l.shapes(a.config, 1)
	lost := l.leaveOutLostBiases(dir, a.config, expected)
	values, err := l.readTensors(dir, a.config, expected, l.baseCopies(a.config, store))
	if err != nil {
		return nil, err
	}
	changed, err := l.entriesInFile(dir, values)
	if err != nil {
		return nil, err
	}
	for i, s := range l.sparse { // PEFT's file may be padded
		l.sparse[i].entries = len(changed[s.Scope].values)
	}
	given := map[string]parts{}
	for _, t := range l.Targets {
		given[t.Scope] = parts{A: values[keyA(t)], B: values[keyB(t)], bias: values[keyBias(t)], magnitude: values[keyMagnitude(t)]}
	}
	if err := a.attach(store, l, func(s sparse) entries { return changed[s.Scope] }, given); err != nil {
		return nil, err
	}
	if err := a.setSaved(values); err != nil {
		return nil, err
	}
	a.others, a.warnings = others, fileWarnings(a.config, others)
	if len(l.absentLayers) > 0 {
		a.warnings = append(a.warnings, fmt.Sprintf("%s: layers_to_transform %v: the model has no such layers, which has no effect, as in PEFT", ConfigFile, l.absentLayers))
	}
	if lost {
		a.warnings = append(a.warnings, lostBiases)
	}
	for _, name := range l.rounded {
		a.warnings = append(a.warnings, fmt.Sprintf("%s: %s is the model's, rounded: the model's own values are used, and PEFT would use the rounded ones", TensorsFile, name))
	}
	if others["peft_version"] == nil {
		warning, err := a.olderWarning(l)
		if err != nil {
			return nil, err
		}
		if warning != "" {
			a.warnings = append(a.warnings, warning)
		}
	}
	return a, nil
}

// Load gives an injected adapter the values that are saved in a folder, its modules to save
// included: an earlier state of it, or another adapter of the same configuration. SHiRA's
// entries move to where the file has them, and must be as many.
//
// Ranks, scalings, targets, modules to save and the kind of adapter must be the same: each
// setting that differs gives a *[ConfigError], joined to one error, and tensors that differ a
// *[TensorsError]. Dropout and the rest may differ, and the adapter keeps its own. Where the
// initialization moved a part of the weights into the matrices, the file must have the same
// initial matrices, and an *[initialization.Error] says that it has others. After an error
// nothing is changed.
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
	recorded, err := readLabels(dir)
	if err != nil {
		return err
	}
	if labels := recorded.Labels; labels != nil && a.labels != nil {
		path := filepath.Join(dir, LabelsFile)
		if !slices.Equal(labels, a.labels) {
			return &ConfigError{Path: path, Field: "labels", Value: labels, Reason: fmt.Sprintf("expected %q, the adapter's", a.labels)}
		}
		if p := recorded.ProblemType; p != a.problem {
			return &ConfigError{Path: path, Field: "problem_type", Value: p, Reason: fmt.Sprintf("expected %q, the adapter's", a.problem)}
		}
	}
	if err := a.sameKind(dir, c); err != nil {
		return err
	}
	fileConfig := a.config // with the file's bias, of which stray tensors depend
	fileConfig.Bias = c.Bias
	values, err := a.layout.readTensors(dir, fileConfig, a.layout.shapes(a.config, a.rankFactor()), a.layout.baseCopies(a.config, a.store))
	if err != nil {
		return err
	}
	given, err := a.layout.entriesInFile(dir, values)
	if err != nil {
		return err
	}
	if a.rankFactor() == 2 {
		for _, t := range a.layout.Targets {
			A, B, ok := t.halved(values[keyA(t)], values[keyB(t)], a.initial[t.Scope])
			if !ok {
				return &initialization.Error{Module: t.Name, Method: a.config.Init, Reason: "expected the initial matrices of this adapter, found others in " + dir + ": open that adapter with Open on a model without another adapter"}
			}
			values[keyA(t)], values[keyB(t)] = A, B
		}
	}
	if err := a.setEntries(dir, given); err != nil {
		return err
	}
	for _, t := range a.layout.Targets {
		if err := a.setMatrices(t, values); err != nil {
			return err
		}
	}
	return a.setSaved(values)
}

// setMatrices gives a target the values of a file.
func (a *Adapter) setMatrices(t Target, values map[string][]float32) error {
	set := func(path string, value *tensors.Tensor) error {
		if err := a.store.GetVariable(path).SetValue(value); err != nil {
			return fmt.Errorf("lora: set %s: %w", path, err)
		}
		return nil
	}
	err := errors.Join(
		set(t.PathA(), tensors.FromFlatDataAndDimensions(values[keyA(t)], t.R, t.In)),
		set(t.PathB(), tensors.FromFlatDataAndDimensions(values[keyB(t)], t.Out, t.R)))
	if t.Bias {
		err = errors.Join(err, set(t.PathBias(), tensors.FromFlatDataAndDimensions(values[keyBias(t)], t.Out)))
	}
	if t.DoRA {
		err = errors.Join(err, set(t.PathMagnitude(), tensors.FromFlatDataAndDimensions(values[keyMagnitude(t)], t.Out)))
	}
	return err
}

// sameKind checks that a file's settings are those of the adapter, as it would be saved.
func (a *Adapter) sameKind(dir string, c Config) error {
	var bad mistakes
	path := filepath.Join(dir, ConfigFile)
	differs := func(field string, found, mine any) {
		bad = append(bad, &ConfigError{Path: path, Field: field, Value: found, Reason: fmt.Sprintf("expected %v, the adapter's", mine)})
	}
	mine := a.savedConfig()
	if c.PeftType != mine.PeftType {
		differs("peft_type", cmp.Or(c.PeftType, LoRA), cmp.Or(mine.PeftType, LoRA))
		return bad.err() // it has other settings
	}
	if c.R != mine.R && len(c.RankPattern)+len(mine.RankPattern) == 0 {
		differs("r", c.R, mine.R)
	}
	if c.DoRA != mine.DoRA {
		differs("use_dora", c.DoRA, mine.DoRA)
	}
	if c.Bias != mine.Bias {
		differs("bias", c.Bias, mine.Bias)
	}
	if c.LoRABias != mine.LoRABias {
		differs("lora_bias", c.LoRABias, mine.LoRABias)
	}
	if c.RSLoRA != mine.RSLoRA {
		differs("use_rslora", c.RSLoRA, mine.RSLoRA)
	}
	if c.Alpha != mine.Alpha && len(c.AlphaPattern)+len(mine.AlphaPattern) == 0 {
		differs("lora_alpha", c.Alpha, mine.Alpha)
	}
	if len(bad) > 0 {
		return bad.err()
	}
	theirConfig, ourConfig := c.withDefaults(), mine.withDefaults()
	theirs, err := theirConfig.matcher()
	if err != nil {
		return err
	}
	ours, err := ourConfig.matcher()
	if err != nil {
		return err
	}
	for _, t := range a.layout.Targets {
		found, alpha, err := theirConfig.strength(theirs, t)
		if err != nil {
			return err
		}
		r, mineAlpha, err := ourConfig.strength(ours, t)
		if err != nil {
			return err
		}
		if found != r {
			differs("rank_pattern", fmt.Sprintf("rank %d for %s", found, t.Name), fmt.Sprintf("rank %d", r))
		} else if scaling, mineScaling := c.scaling(found, alpha), mine.scaling(r, mineAlpha); scaling != mineScaling {
			differs("alpha_pattern", fmt.Sprintf("scaling %g for %s", scaling, t.Name), fmt.Sprintf("scaling %g", mineScaling))
		}
	}
	return bad.err()
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
