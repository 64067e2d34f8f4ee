package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// export writes the model in folder from to the folder to, its weights in bfloat16,
// half the size; what computes with them does so in float32. A model that is there is
// replaced at the end: this very program embeds one and cannot be built without.
func export(from, to string) error {
	fresh, old := to+".new", to+".old"
	if err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(old)); err != nil {
		return err
	}
	if err := exportNew(from, fresh); err != nil {
		return err
	}
	if err := os.Rename(to, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Rename(fresh, to), os.RemoveAll(old))
}

func exportNew(from, to string) error {
	return folder.Create(to, func(tmp string) error {
		if err := exportWeights(filepath.Join(from, "model.safetensors"), filepath.Join(tmp, "model.safetensors")); err != nil {
			return err
		}
		if err := exportConfig(filepath.Join(from, "config.json"), filepath.Join(tmp, "config.json")); err != nil {
			return err
		}
		for _, name := range []string{"vocab.txt", "tokenizer_config.json", "tokenizer.json"} {
			if err := copyFile(filepath.Join(from, name), filepath.Join(tmp, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

func exportWeights(from, to string) (err error) {
	f, err := safetensors.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var named []safetensors.Named
	for _, name := range f.Names() {
		_, shape, _ := f.Info(name)
		values, err := f.Float32(name)
		if err != nil {
			return err
		}
		raw := bfloat16.AppendBytes(make([]byte, 0, 2*len(values)), values)
		named = append(named, safetensors.Named{Name: name, DType: "BF16", Shape: shape, Data: raw})
	}
	return safetensors.Write(to, named, map[string]string{"format": "pt"})
}

// exportConfig says that the weights are meant in float32: else transformers would
// compute in the type that they are stored in.
func exportConfig(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	config["dtype"] = "float32"
	if text, err = json.MarshalIndent(config, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(to, append(text, '\n'), 0o644)
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
