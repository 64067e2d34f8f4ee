package lora

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/safetensors"
)

const indicesName = ".shira_indices"

func (s sparse) keyValues() string  { return s.key(s.pathValues()) }
func (s sparse) keyIndices() string { return s.key(s.pathIndices()) }

// width is how many entries PEFT's file has of a module at its r.
func (s sparse) width(r int) int { return r * (s.In + s.Out) }

// sparseRank is the r of PEFT's file: the Config's, or the least at which r·(in + out)
// holds the entries of every module.
func (l *Layout) sparseRank(c Config) int {
	r := c.R
	for _, s := range l.sparse {
		r = max(r, (s.entries+s.In+s.Out-1)/(s.In+s.Out))
	}
	return r
}

// checkSparse reports a fraction that no r of PEFT's serves.
func (l *Layout) checkSparse(c Config) error {
	r := l.sparseRank(c)
	for _, s := range l.sparse {
		if s.width(r) > s.In*s.Out {
			return &ConfigError{Field: "fraction", Value: c.Fraction, Reason: fmt.Sprintf("takes r = %d in PEFT's file, which has one r for all modules, and there %s, with a weight [%d, %d], goes to %d: choose modules of more equal shapes, or a smaller fraction", r, s.Name, s.Out, s.In, s.In*s.Out/(s.In+s.Out))}
		}
	}
	return nil
}

// file is what PEFT's file holds of a module at its r. Where there are fewer entries, the
// last place is repeated with zeros: PEFT adds up what lies in one place.
func (s sparse) file(e entries, r int) (values, indices *tensors.Tensor) {
	padded := entries{slices.Clone(e.values), slices.Clone(e.places)}
	for len(padded.values) < s.width(r) {
		padded.values = append(padded.values, 0)
		padded.places = append(padded.places, e.places[len(e.places)-1])
	}
	return tensors.FromFlatDataAndDimensions(padded.values, s.width(r)), s.indices(padded.places)
}

// readSparse takes the entries of every module out of a file's tensors. Indices that are
// none of the weight's give a *[TensorsError].
func (l *Layout) readSparse(dir string, values map[string][]float32) (map[string]entries, error) {
	bad := &TensorsError{Path: filepath.Join(dir, TensorsFile)}
	given := map[string]entries{}
	for _, s := range l.sparse {
		e, ok := s.parse(values[s.keyValues()], values[s.keyIndices()])
		if !ok {
			bad.Misplaced = append(bad.Misplaced, s.keyIndices())
		}
		given[s.Scope] = e
	}
	if len(bad.Misplaced) > 0 {
		return nil, bad
	}
	return given, nil
}

// parse orders entries by their places and adds up those in one place, as PEFT does.
func (s sparse) parse(values, indices []float32) (e entries, ok bool) {
	n := len(values)
	order := make([]int, n)
	places := make([]int32, n)
	for i := range n {
		row, column := indices[i], indices[n+i]
		if !(row >= 0 && row < float32(s.Out) && column >= 0 && column < float32(s.In)) || row != float32(int32(row)) || column != float32(int32(column)) {
			return e, false
		}
		order[i], places[i] = i, int32(row)*int32(s.In)+int32(column)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(places[a], places[b]) })
	for _, i := range order {
		if last := len(e.places) - 1; last >= 0 && e.places[last] == places[i] {
			e.values[last] += values[i]
			continue
		}
		e.values, e.places = append(e.values, values[i]), append(e.places, places[i])
	}
	return e, true
}

// loadSparse gives the entries of every module the values and places of a file's.
func (a *Adapter) loadSparse(dir string, given map[string]entries) error {
	bad := &TensorsError{Path: filepath.Join(dir, TensorsFile)}
	for _, s := range a.layout.sparse {
		if n := len(given[s.Scope].values); n != s.entries {
			bad.Misshapen = append(bad.Misshapen, Misshapen{s.keyValues(), []int{s.entries}, []int{n}})
		}
	}
	if len(bad.Misshapen) > 0 {
		return bad
	}
	for _, s := range a.layout.sparse {
		e := given[s.Scope]
		for path, value := range map[string]*tensors.Tensor{
			s.pathValues():  tensors.FromFlatDataAndDimensions(e.values, s.entries),
			s.pathIndices(): s.indices(e.places),
		} {
			if err := a.store.GetVariable(path).SetValue(value); err != nil {
				return fmt.Errorf("lora: set %s: %w", path, err)
			}
		}
	}
	return nil
}

// numbers reads a tensor of floats, or of the whole numbers of indices, which PEFT writes
// as floats on Windows.
func numbers(file *safetensors.File, name string) ([]float32, error) {
	dtype, _, _ := file.Info(name)
	if dtype != "I32" || !strings.HasSuffix(name, indicesName) {
		return file.Float32(name)
	}
	raw, err := file.Checked(name)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(raw)/4)
	for i := range values {
		values[i] = float32(int32(binary.LittleEndian.Uint32(raw[4*i:]))) // exact to 2²⁴, beyond any weight
	}
	return values, nil
}
