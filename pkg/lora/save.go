package lora

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// Save writes the adapter to a folder as PEFT does: adapter_config.json and
// adapter_model.safetensors, the modules to save included, which
// PeftModel.from_pretrained and [Open] load, and the names of the classes where they are
// known ([Adapter.SetLabels]) in [LabelsFile]. A folder that is not there is made.
//
// What is written is LoRA on the model as it was without the adapter. Where the
// initialization moved a part of the weights into the matrices ([InitPiSSA], [InitOLoRA]), that is what
// was learned since, s·(B·A - B₀·A₀): matrices of twice the rank, as PEFT's
// save_pretrained makes them when given path_initial_model_for_weight_conversion.
//
// All files appear, or none. Where an adapter is replaced, what cannot happen
// is that the settings of the one are left with the weights of the other: a crash
// between the two leaves, at worst, no settings, which is no adapter.
//
// It may be called while the adapter is merged, and writes it unmerged. Before
// Inject it gives [ErrNotInjected].
func (a *Adapter) Save(dir string) error {
	if a.store == nil {
		return ErrNotInjected
	}
	config, err := encodeConfig(a.written(), a.foreign)
	if err != nil {
		return err
	}
	named, err := a.named()
	if err != nil {
		return err
	}
	fail := func(err error) error { return fmt.Errorf("lora: save %s: %w", dir, err) }
	dir = filepath.Clean(dir)
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fail(errors.New("expected a folder, found a file"))
	}
	// Beside what it becomes, so that a rename never crosses file systems.
	stage := dir
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		stage = filepath.Dir(dir)
	}
	if err := os.MkdirAll(stage, 0o755); err != nil {
		return fail(err)
	}
	staged, err := os.MkdirTemp(stage, "."+filepath.Base(dir)+"-*")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(staged)
	if err := os.Chmod(staged, 0o755); err != nil { // MkdirTemp's is for its owner alone
		return fail(err)
	}
	if err := safetensors.Write(filepath.Join(staged, TensorsFile), named, fileMetadata); err != nil {
		return fail(err)
	}
	if err := atomicfile.Write(filepath.Join(staged, ConfigFile), config, 0o644); err != nil {
		return fail(err)
	}
	if a.labels != nil {
		if err := WriteLabels(staged, a.labels); err != nil {
			return err
		}
	}
	if stage != dir {
		if err := os.Rename(staged, dir); err != nil {
			return fail(err)
		}
		return nil
	}
	before, err := os.ReadFile(filepath.Join(dir, ConfigFile))
	labels, labelsErr := ReadLabels(dir)
	if err == nil && (labelsErr != nil || !slices.Equal(labels, a.labels) || !bytes.Equal(before, config)) {
		if err := os.Remove(filepath.Join(dir, ConfigFile)); err != nil {
			return fail(err)
		}
	}
	files := []string{TensorsFile, LabelsFile, ConfigFile}
	if a.labels == nil { // those of the adapter that was there are not this one's
		if err := os.Remove(filepath.Join(dir, LabelsFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fail(err)
		}
		files = []string{TensorsFile, ConfigFile}
	}
	for _, name := range files {
		if err := os.Rename(filepath.Join(staged, name), filepath.Join(dir, name)); err != nil {
			return fail(err)
		}
	}
	return nil
}

// fileMetadata is what PEFT writes into the file of tensors beside them.
var fileMetadata = map[string]string{"format": "pt"}

// named are the adapter's tensors under PEFT's keys.
func (a *Adapter) named() ([]safetensors.Named, error) {
	var named []safetensors.Named
	put := func(key string, value *tensors.Tensor) error {
		n, err := safetensors.FromTensor(key, value)
		if err != nil {
			return fmt.Errorf("lora: %w", err)
		}
		named = append(named, n)
		return nil
	}
	add := func(key, path string) error {
		value, err := a.value(a.store.GetVariable(path))
		if err != nil {
			return err
		}
		return put(key, value)
	}
	for _, t := range a.layout.Targets {
		A, B, err := a.writtenMatrices(t)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(put(keyA(t), A), put(keyB(t), B)); err != nil {
			return nil, err
		}
		if t.Bias {
			if err := add(keyBias(t), t.PathBias()); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range a.layout.Targets {
		if t.DoRA {
			if err := add(keyMagnitude(t), t.PathMagnitude()); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range a.layout.sparse {
		e, err := a.stored(s)
		if err != nil {
			return nil, err
		}
		values, indices := s.file(e, a.layout.sparseRank(a.config))
		for key, value := range map[string]*tensors.Tensor{s.keyValues(): values, s.keyIndices(): indices} {
			if err := put(key, value); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range slices.Concat(a.layout.Saved, a.layout.Biases) {
		if err := add(s.key, s.Variable.Path()); err != nil {
			return nil, err
		}
	}
	return named, nil
}
