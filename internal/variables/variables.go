// Package variables reads variables of a GoMLX store from safetensors files, and writes them
// atomically.
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

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/mismatch"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// TensorsError lists all tensors of a file that do not fit the variables.
type TensorsError struct {
	Path       string               // the file; empty if another error names it
	Missing    []string             // names of tensors that the file lacks
	Unexpected []string             // names of tensors without a variable
	Misshapen  []mismatch.Misshapen // tensors of another shape or type
	Damaged    []error              // errors of reading tensors
}

// Error implements error.
func (e *TensorsError) Error() string {
	damaged := make([]string, len(e.Damaged))
	for i, err := range e.Damaged {
		damaged[i] = err.Error()
	}
	text := "the tensors do not fit the model: " + mismatch.List(
		mismatch.Kind{Name: "missing", Tensors: e.Missing}, mismatch.Kind{Name: "unexpected", Tensors: e.Unexpected},
		mismatch.Kind{Name: "of another shape or type", Tensors: mismatch.Texts(e.Misshapen)},
		mismatch.Kind{Name: "damaged", Tensors: damaged})
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	return text
}

// Unwrap returns the errors of the tensors that cannot be read.
func (e *TensorsError) Unwrap() []error { return e.Damaged }

// OrNil returns the error, or nil if all tensors fit.
func (e *TensorsError) OrNil() error {
	if len(e.Missing)+len(e.Unexpected)+len(e.Misshapen)+len(e.Damaged) == 0 {
		return nil
	}
	return e
}

// Write writes the values of variables, by their names in the file, to the file path atomically,
// with checksums.
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

// Read sets the variables to the tensors with their names in the file path, converted to
// float32. The file must contain a tensor for each variable and no others. Otherwise the error
// is a *TensorsError, and no variable is changed.
func Read(path string, variables map[string]*model.Variable) (err error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	bad := &TensorsError{Path: path}
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
			bad.Missing = append(bad.Missing, name)
		case !slices.Equal(shape, want):
			bad.Misshapen = append(bad.Misshapen, mismatch.Misshapen{Name: name, FoundType: dtype, Found: shape, Want: want})
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
