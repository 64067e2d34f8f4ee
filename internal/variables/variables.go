// Package variables reads and writes variables of a GoMLX store as safetensors files, whole
// or not at all.
//
//	list := map[string]*model.Variable{"classifier.weight": v}
//	err := variables.Write(path, list, map[string]string{"format": "pt"})
//	err = variables.Read(path, list) // a *TensorsError lists every tensor that does not fit
package variables

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// TensorsError lists everything in which the tensors of a file differ from the variables
// that are read from it.
type TensorsError struct {
	File       string   // its path; empty where another error names it
	Missing    []string // "name [4 3]": the file lacks the tensor
	Unexpected []string // names of tensors that belong to no variable
	Misshapen  []string // "name: is F32 [2 3], expected F32 [4 3]"
	Damaged    []error  // tensors whose values cannot be read
}

// Error implements error.
func (e *TensorsError) Error() string {
	var parts []string
	list := func(kind string, names []string) {
		if len(names) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s: %s", len(names), kind, strings.Join(names, ", ")))
		}
	}
	list("missing", e.Missing)
	list("unexpected", e.Unexpected)
	list("of another type or shape", e.Misshapen)
	for _, err := range e.Damaged {
		parts = append(parts, err.Error())
	}
	text := "the tensors do not match the model: " + strings.Join(parts, "; ")
	if e.File != "" {
		text = e.File + ": " + text
	}
	return text
}

// Unwrap returns the errors of the tensors that cannot be read.
func (e *TensorsError) Unwrap() []error { return e.Damaged }

// OrNil is the error, or nil where nothing differs.
func (e *TensorsError) OrNil() error {
	if len(e.Missing)+len(e.Unexpected)+len(e.Misshapen)+len(e.Damaged) == 0 {
		return nil
	}
	return e
}

// Write writes the values of variables, by their names in the file, to the file path, whole
// or not at all, with checksums.
func Write(path string, variables map[string]*model.Variable, metadata map[string]string) error {
	var named []safetensors.Named
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		value, err := variables[name].Value()
		if err != nil {
			return fmt.Errorf("%s: tensor %s: %w", path, name, err)
		}
		n, err := safetensors.FromTensor(name, value)
		if err != nil {
			return err
		}
		named = append(named, n)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return safetensors.Write(path, named, safetensors.WithChecksums(metadata))
}

// Read gives the variables the values that the file path has under their names, converted
// to float32. The file must hold a tensor for each variable and no others; otherwise the
// error is a *TensorsError and no variable is changed.
func Read(path string, variables map[string]*model.Variable) (err error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	bad := &TensorsError{File: path}
	for _, name := range f.Names() {
		if variables[name] == nil {
			bad.Unexpected = append(bad.Unexpected, name)
		}
	}
	values := map[string]*tensors.Tensor{}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		v := variables[name]
		if v == nil {
			continue // listed above
		}
		dtype, shape, ok := f.Info(name)
		switch want := v.Shape().Dimensions; {
		case !ok:
			bad.Missing = append(bad.Missing, fmt.Sprintf("%s %v", name, want))
		case !slices.Equal(shape, want):
			bad.Misshapen = append(bad.Misshapen, fmt.Sprintf("%s: is %s %v, expected %v", name, dtype, shape, want))
		default:
			floats, err := f.Float32(name)
			if err != nil {
				bad.Damaged = append(bad.Damaged, err)
				continue
			}
			values[name] = tensors.FromFlatDataAndDimensions(floats, shape...)
		}
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := variables[name].SetValue(values[name]); err != nil {
			return err
		}
	}
	return nil
}
