package lora

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// peftPrefix stands before the dotted name of a variable in PEFT's files.
const peftPrefix = "base_model.model."

// key is that of a part of the module, at an absolute path of the store.
func (t Target) key(path string) string {
	return peftPrefix + t.Name + "." + dotted.Name(path[len(t.Scope):])
}

func keyA(t Target) string    { return t.key(t.PathA()) }
func keyB(t Target) string    { return t.key(t.PathB()) }
func keyBias(t Target) string { return peftPrefix + t.Name + ".lora_B.bias" }

func keyMagnitude(t Target) string { return peftPrefix + t.Name + "." + magnitudeName }

// shapes are the shapes of the tensors in the adapter's file, by their keys; its
// matrices have so many times the rank of the targets.
func (l *Layout) shapes(c Config, times int) map[string][]int {
	shapes := map[string][]int{}
	for _, t := range l.Targets {
		shapes[keyA(t)] = []int{times * t.R, t.In}
		shapes[keyB(t)] = []int{t.Out, times * t.R}
		if t.Bias {
			shapes[keyBias(t)] = []int{t.Out}
		}
		if t.DoRA {
			shapes[keyMagnitude(t)] = []int{t.Out}
		}
	}
	for _, s := range l.sparse {
		n := s.width(l.sparseRank(c))
		shapes[s.keyValues()], shapes[s.keyIndices()] = []int{n}, []int{2, n}
	}
	for _, s := range slices.Concat(l.Saved, l.Biases) {
		shapes[s.key] = s.Variable.Shape().Dimensions
	}
	return shapes
}

// readTensors reads the folder's adapter_model.safetensors, which must hold
// exactly the tensors of want, and may hold copies of the model's own and those that are
// stray. Anything else gives a *[TensorsError] that lists all that is amiss; a file that is no safetensors file gives safetensors' error.
func readTensors(dir string, want map[string][]int, copies copies, stray func(key string) (of string, ok bool)) (map[string][]float32, error) {
	path := filepath.Join(dir, TensorsFile)
	file, err := safetensors.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, statErr := os.Stat(filepath.Join(dir, "adapter_model.bin")); statErr == nil {
			return nil, fmt.Errorf("lora: %s is a Python pickle, which is not read: in PEFT, save again with safe_serialization=True: %w", filepath.Join(dir, "adapter_model.bin"), err)
		}
		return nil, fmt.Errorf("lora: %s holds no adapter weights: %w", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	defer file.Close()
	return fileTensors(file, path, want, copies, stray)
}

// fileTensors is readTensors of an open file.
func fileTensors(file *safetensors.File, path string, want map[string][]int, copies copies, stray func(key string) (of string, ok bool)) (map[string][]float32, error) {
	var err error
	bad := &TensorsError{Path: path}
	values := make(map[string][]float32, len(want))
	for _, name := range file.Names() {
		shape, ok := want[name]
		if of, isStray := stray(name); !ok && isStray {
			same, err := sameTensors(file, name, of)
			if err != nil {
				return nil, err
			}
			if !same {
				bad.Unexpected = append(bad.Unexpected, name)
			}
			continue
		}
		if original, copied := copies[name]; copied {
			same, err := isCopy(file, name, original)
			if err != nil {
				return nil, err
			}
			if !same {
				bad.Different = append(bad.Different, name)
			}
			continue
		}
		if !ok {
			bad.Unexpected = append(bad.Unexpected, name)
			continue
		}
		if _, found, _ := file.Info(name); !slices.Equal(found, shape) {
			bad.Misshapen = append(bad.Misshapen, Misshapen{name, shape, found})
			continue
		}
		if values[name], err = numbers(file, name); err != nil {
			return nil, fmt.Errorf("lora: %w", err)
		}
		if !floats.Finite(values[name]) {
			bad.NotFinite = append(bad.NotFinite, name)
		}
	}
	for name := range want {
		if _, _, ok := file.Info(name); !ok {
			bad.Missing = append(bad.Missing, name)
		}
	}
	slices.Sort(bad.Missing)
	if len(bad.Missing)+len(bad.Unexpected)+len(bad.Misshapen)+len(bad.NotFinite)+len(bad.Different) > 0 {
		return nil, bad
	}
	return values, nil
}

// sameTensors tells whether two tensors of a file have the same values; an empty name is
// any.
func sameTensors(file *safetensors.File, name, other string) (bool, error) {
	if _, _, ok := file.Info(other); !ok {
		return other == "", nil
	}
	x, errX := file.Float32(name)
	y, errY := file.Float32(other)
	if err := errors.Join(errX, errY); err != nil {
		return false, fmt.Errorf("lora: %w", err)
	}
	return slices.Equal(x, y), nil
}
