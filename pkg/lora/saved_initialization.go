package lora

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// initializationKey is the metadata key of a saved initialization that holds its name.
const initializationKey = "init_lora_weights"

var errSparseInitialization = errors.New("lora: SHiRA's entries follow from the seed alone, so that there is no initialization to keep: call Inject")

// SaveInitialization writes the initial matrices of a fresh adapter, whatever it learned
// since, to a safetensors file, whole or not at all. [Adapter.InjectInitialization] reads it.
// It gives [ErrNotInjected] before Inject, and an error for an adapter that was opened from a
// file.
func (a *Adapter) SaveInitialization(path string) error {
	switch {
	case a.store == nil:
		return ErrNotInjected
	case a.config.sparse():
		return errSparseInitialization
	case a.initial == nil:
		return errors.New("lora: the adapter was opened from a file, which does not hold its initial matrices")
	}
	var named []safetensors.Named
	for _, t := range a.layout.Targets {
		initial := a.initial[t.Scope]
		A, errA := safetensors.FromTensor(keyA(t), tensors.FromFlatDataAndDimensions(slices.Clone(initial.A), t.R, t.In))
		B, errB := safetensors.FromTensor(keyB(t), tensors.FromFlatDataAndDimensions(slices.Clone(initial.B), t.Out, t.R))
		if err := errors.Join(errA, errB); err != nil {
			return fmt.Errorf("lora: %w", err)
		}
		named = append(named, A, B)
	}
	if err := safetensors.Write(path, named, safetensors.WithChecksums(map[string]string{initializationKey: a.config.Init})); err != nil {
		return fmt.Errorf("lora: %w", err)
	}
	return nil
}

// InjectInitialization is [Adapter.Inject] with the initial matrices that
// [Adapter.SaveInitialization] wrote, for an adapter of the same configuration on the same
// model: the same matrices, and the same weights beside them, to the bit, without computing
// them again; with [InitEVA], the same ranks.
//
// A file of another Init gives a *[ConfigError], one whose tensors do not fit a
// *[TensorsError]; the store is then as it was.
func (a *Adapter) InjectInitialization(path string, store *model.Store, modules []string) (err error) {
	switch {
	case a.store != nil:
		return ErrInjected
	case a.config.sparse():
		return errSparseInitialization
	}
	if err := a.completePrefix(store, modules); err != nil {
		return err
	}
	l, err := newLayout(a.config, a.matcher, store, modules, nil, false)
	if err != nil {
		return err
	}
	file, err := safetensors.Open(path)
	if err != nil {
		return fmt.Errorf("lora: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if init := file.Metadata()[initializationKey]; init != a.config.Init {
		return &ConfigError{Path: path, Field: initializationKey, Value: init, Reason: "expected " + a.config.Init + ", the adapter's"}
	}
	if a.config.initialization().FromInputs {
		l.redistribute(a.config, ranksIn(file, l.Targets))
	}
	shapes := map[string][]int{}
	for _, t := range l.Targets {
		shapes[keyA(t)], shapes[keyB(t)] = []int{t.R, t.In}, []int{t.Out, t.R}
	}
	bad := &TensorsError{Path: path}
	values, others, err := readExpected(file, shapes, bad)
	if err != nil {
		return err
	}
	bad.Unexpected = others
	if err := bad.orNil(); err != nil {
		return err
	}
	initial := map[string]parts{}
	for _, t := range l.Targets {
		initial[t.Scope] = parts{A: values[keyA(t)], B: values[keyB(t)]}
	}
	return a.attachInitial(store, l, nil, initial)
}

// ranksIn are the ranks that a file gives the targets, 0 for one that it lacks.
func ranksIn(file *safetensors.File, targets []Target) []int {
	ranks := make([]int, len(targets))
	for i, t := range targets {
		if _, shape, ok := file.Info(keyA(t)); ok && len(shape) == 2 {
			ranks[i] = shape[0]
		}
	}
	return ranks
}
