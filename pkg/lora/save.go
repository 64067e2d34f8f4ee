package lora

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// adapterFiles are the files of an adapter's folder. Without its settings it holds none.
var adapterFiles = folder.Owned{Files: []string{TensorsFile, LabelsFile, ConfigFile}, Marker: ConfigFile}

// Save writes the adapter to a folder as PEFT does: adapter_config.json and
// adapter_model.safetensors, with the modules to save, which PeftModel.from_pretrained and
// [Open] load, and the names of the classes where they are known ([Adapter.SetLabels]) in
// [LabelsFile]. The folder is made where it does not exist. Other files in it stay.
//
// It writes LoRA on the model as it was without the adapter. Where the initialization moved a
// part of the weights into the matrices ([InitPiSSA], [InitOLoRA]), it writes what was learned
// since, s·(B·A - B₀·A₀): matrices of twice the rank, as PEFT's save_pretrained makes them
// when given path_initial_model_for_weight_conversion.
//
// All files appear, or none. Where an adapter is replaced, a crash leaves the old one, the new
// one, or a folder without settings, which holds no adapter; never the settings of one with
// the weights of the other.
//
// A merged adapter is written unmerged. Before Inject the error is [ErrNotInjected].
func (a *Adapter) Save(dir string) error {
	if a.store == nil {
		return ErrNotInjected
	}
	config, err := encodeConfig(a.savedConfig(), a.others)
	if err != nil {
		return err
	}
	named, err := a.namedTensors()
	if err != nil {
		return err
	}
	err = folder.Update(dir, adapterFiles, func(tmp string) error {
		if err := safetensors.Write(filepath.Join(tmp, TensorsFile), named, fileMetadata); err != nil {
			return err
		}
		if a.labels != nil {
			if err := WriteLabels(tmp, a.labels, a.problem); err != nil {
				return err
			}
		}
		return atomicfile.Write(filepath.Join(tmp, ConfigFile), config, 0o644)
	})
	if err != nil {
		return fmt.Errorf("lora: save %s: %w", dir, err)
	}
	return nil
}

// fileMetadata is the metadata that PEFT writes into the file of tensors.
var fileMetadata = map[string]string{"format": "pt"}

// namedTensors returns the adapter's tensors under PEFT's keys.
func (a *Adapter) namedTensors() ([]safetensors.Named, error) {
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
		A, B, err := a.savedMatrices(t)
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
		values, indices := s.tensorsInFile(e, a.layout.sparseRank(a.config))
		if err := errors.Join(put(s.keyValues(), values), put(s.keyIndices(), indices)); err != nil {
			return nil, err
		}
	}
	for _, s := range slices.Concat(a.layout.Saved, a.layout.Biases) {
		if err := add(s.key, s.Variable.Path()); err != nil {
			return nil, err
		}
	}
	return named, nil
}
