package lora

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// peftPrefix stands before the dotted name of a variable in PEFT's files.
const peftPrefix = "base_model.model."

// key returns the key in PEFT's file of a variable of the module, given its absolute path.
func (t Target) key(path string) string {
	return peftPrefix + t.Name + "." + dotted.Name(path[len(t.Scope):])
}

func keyA(t Target) string         { return t.key(t.PathA()) }
func keyB(t Target) string         { return t.key(t.PathB()) }
func keyBias(t Target) string      { return t.key(t.PathBias()) }
func keyMagnitude(t Target) string { return t.key(t.PathMagnitude()) }

// shapes returns the shapes of the tensors in the adapter's file, by their keys. The matrices
// in the file have rankFactor times the rank of the targets.
func (l *Layout) shapes(c Config, rankFactor int) map[string][]int {
	shapes := map[string][]int{}
	for _, t := range l.Targets {
		shapes[keyA(t)] = []int{rankFactor * t.R, t.In}
		shapes[keyB(t)] = []int{t.Out, rankFactor * t.R}
		if t.Bias {
			shapes[keyBias(t)] = []int{t.Out}
		}
		if t.DoRA {
			shapes[keyMagnitude(t)] = []int{t.Out}
		}
	}
	for _, s := range l.sparse {
		n := s.entriesInFile(l.sparseRank(c))
		shapes[s.keyValues()], shapes[s.keyIndices()] = []int{n}, []int{2, n}
	}
	for _, s := range slices.Concat(l.Saved, l.Biases) {
		shapes[s.key] = s.Variable.Shape().Dimensions
	}
	return shapes
}

// readTensors reads the folder's adapter_model.safetensors. It must hold exactly the expected
// tensors, and may hold copies of the base model's own and of the modules to save. Anything
// else gives a *[TensorsError] that lists every mistake; a file that is no safetensors file
// gives a *safetensors.FormatError.
func (l *Layout) readTensors(dir string, c Config, expected map[string][]int, copies baseCopies) (map[string][]float32, error) {
	l.rounded = nil
	path := filepath.Join(dir, TensorsFile)
	file, err := safetensors.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, statErr := os.Stat(filepath.Join(dir, "adapter_model.bin")); statErr == nil {
			return nil, fmt.Errorf("lora: %s is a Python pickle, expected %s: in PEFT, save again with safe_serialization=True: %w", filepath.Join(dir, "adapter_model.bin"), TensorsFile, err)
		}
		return nil, fmt.Errorf("lora: %s holds no adapter weights: %w", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	defer file.Close()
	bad := &TensorsError{Path: path}
	older := olderBiases(file, expected)
	values, others, err := readExpected(file, expected, bad)
	if err != nil {
		return nil, err
	}
	for name, now := range older {
		values[now] = values[name]
	}
	for _, name := range others {
		if err := l.checkOther(file, c, name, copies, bad); err != nil {
			return nil, err
		}
	}
	if err := bad.orNil(); err != nil {
		return nil, err
	}
	return values, nil
}

// olderBiases expects the biases of adapted modules by the names that PEFT 0.5 gave them, without
// base_layer, where the file has these alone. It returns the present names by the older ones.
func olderBiases(file *safetensors.File, expected map[string][]int) map[string]string {
	has := func(name string) bool { _, _, ok := file.Info(name); return ok }
	older := map[string]string{}
	for name, shape := range maps.Clone(expected) {
		module, ok := strings.CutSuffix(name, ".base_layer.bias")
		if before := module + ".bias"; ok && !has(name) && has(before) {
			delete(expected, name)
			expected[before], older[before] = shape, name
		}
	}
	return older
}

// readExpected reads the expected tensors of a file, and returns the names of the others. It
// adds those that are missing, of another shape or not finite to bad.
func readExpected(file *safetensors.File, expected map[string][]int, bad *TensorsError) (values map[string][]float32, others []string, err error) {
	values = make(map[string][]float32, len(expected))
	for _, name := range file.Names() {
		shape, ok := expected[name]
		if !ok {
			others = append(others, name)
			continue
		}
		if _, found, _ := file.Info(name); !slices.Equal(found, shape) {
			bad.Misshapen = append(bad.Misshapen, Misshapen{Name: name, Want: shape, Found: found})
			continue
		}
		if values[name], err = readNumbers(file, name); err != nil {
			return nil, nil, fmt.Errorf("lora: %w", err)
		}
		if !floats.Finite(values[name]) {
			bad.NotFinite = append(bad.NotFinite, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		if _, _, ok := file.Info(name); !ok {
			bad.Missing = append(bad.Missing, name)
		}
	}
	return values, others, nil
}

// checkOther adds a tensor that is not expected to bad, unless it is a copy that PEFT writes
// besides.
func (l *Layout) checkOther(file *safetensors.File, c Config, name string, copies baseCopies, bad *TensorsError) error {
	if original, ok := l.savedCopy(c, name); ok {
		same, err := sameTensors(file, name, original)
		if err != nil {
			return err
		}
		if !same {
			bad.Unexpected = append(bad.Unexpected, name)
		}
		return nil
	}
	variable, ok := copies[name]
	if !ok {
		bad.Unexpected = append(bad.Unexpected, name)
		return nil
	}
	same, rounded, err := isCopy(file, name, variable)
	switch {
	case err != nil:
		return err
	case rounded:
		l.rounded = append(l.rounded, name)
	case !same:
		bad.Different = append(bad.Different, name)
	}
	return nil
}

// readNumbers reads a tensor of floats, which are rounded to float32 as in PEFT, or one of indices:
// int32, which PEFT writes as floats on Windows.
func readNumbers(file *safetensors.File, name string) ([]float32, error) {
	dtype, _, _ := file.Info(name)
	if dtype == "F64" {
		raw, err := file.Checked(name)
		if err != nil {
			return nil, err
		}
		values := make([]float32, len(raw)/8)
		for i := range values {
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		}
		return values, nil
	}
	if dtype != "I32" || !strings.HasSuffix(name, indicesName) {
		return file.Float32(name)
	}
	raw, err := file.Checked(name)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(raw)/4)
	for i := range values {
		values[i] = float32(int32(binary.LittleEndian.Uint32(raw[4*i:]))) // exact up to 2²⁴, above any width
	}
	return values, nil
}

// sameTensors reports whether two tensors of a file have the same values. An empty name
// stands for any.
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
