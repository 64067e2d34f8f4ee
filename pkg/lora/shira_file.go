package lora

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
)

const indicesName = ".shira_indices"

func (s sparse) keyValues() string  { return s.key(s.pathValues()) }
func (s sparse) keyIndices() string { return s.key(s.pathIndices()) }

// entriesInFile is the number of entries that PEFT's file has of a module at its r.
func (s sparse) entriesInFile(r int) int { return r * (s.In + s.Out) }

// sparseRank is the r of PEFT's file: the Config's, or the smallest r for which r·(in + out) is
// enough for the entries of every module.
func (l *Layout) sparseRank(c Config) int {
	r := c.R
	for _, s := range l.sparse {
		r = max(r, (s.entries+s.In+s.Out-1)/(s.In+s.Out))
	}
	return r
}

// checkSHiRA is an error for a fraction for which PEFT has no r.
func (l *Layout) checkSHiRA(c Config) error {
	r := l.sparseRank(c)
	for _, s := range l.sparse {
		if s.entriesInFile(r) > s.In*s.Out {
			return &ConfigError{Field: "fraction", Value: c.Fraction, Reason: fmt.Sprintf("needs r = %d in PEFT's file, which has one r for all modules; %s has a weight [%d, %d], which allows at most %d: choose modules of more equal shapes, or a smaller fraction", r, s.Name, s.Out, s.In, s.In*s.Out/(s.In+s.Out))}
		}
	}
	return nil
}

// tensorsInFile returns the tensors of a module in PEFT's file, whose r may need more entries
// than there are: then the last place is repeated with zeros, since PEFT adds up the values at
// one place.
func (s sparse) tensorsInFile(e entries, r int) (values, indices *tensors.Tensor) {
	padded := entries{slices.Clone(e.values), slices.Clone(e.places)}
	for len(padded.values) < s.entriesInFile(r) {
		padded.values = append(padded.values, 0)
		padded.places = append(padded.places, e.places[len(e.places)-1])
	}
	return tensors.FromFlatDataAndDimensions(padded.values, s.entriesInFile(r)), s.indices(padded.places)
}

// entriesInFile takes the entries of every module from a file's tensors. Indices outside of
// the weight give a *[TensorsError].
func (l *Layout) entriesInFile(dir string, values map[string][]float32) (map[string]entries, error) {
	bad := &TensorsError{Path: filepath.Join(dir, TensorsFile)}
	given := map[string]entries{}
	for _, s := range l.sparse {
		e, ok := s.parse(values[s.keyValues()], values[s.keyIndices()])
		if !ok {
			bad.Misplaced = append(bad.Misplaced, s.keyIndices())
		}
		given[s.Scope] = e
	}
	if err := bad.orNil(); err != nil {
		return nil, err
	}
	return given, nil
}

// parse orders entries by their places and adds up those at one place, as PEFT does. It
// reports false for indices outside of the weight.
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

// setEntries gives the entries of every module the values and places of a file.
func (a *Adapter) setEntries(dir string, given map[string]entries) error {
	bad := &TensorsError{Path: filepath.Join(dir, TensorsFile)}
	for _, s := range a.layout.sparse {
		if n := len(given[s.Scope].values); n != s.entries {
			bad.Misshapen = append(bad.Misshapen, Misshapen{Name: s.keyValues(), Want: []int{s.entries}, Found: []int{n}})
		}
	}
	if err := bad.orNil(); err != nil {
		return err
	}
	for _, s := range a.layout.sparse {
		e := given[s.Scope]
		err := errors.Join(
			a.store.GetVariable(s.pathValues()).SetValue(tensors.FromFlatDataAndDimensions(e.values, s.entries)),
			a.store.GetVariable(s.pathIndices()).SetValue(s.indices(e.places)))
		if err != nil {
			return fmt.Errorf("lora: set the entries of %s: %w", s.Name, err)
		}
	}
	return nil
}
