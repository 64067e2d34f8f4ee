package run

import (
	"fmt"
	"go/constant"
	"path/filepath"
	"reflect"
	"strings"
	"unicode"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// check refuses parameters with which lorabook's notebooks would fail, before the first cell runs:
// values out of range, and a model or data that are neither a known name nor on this machine.
// Other notebooks give the same names other meanings. Cells run in the folder that dir returns.
func check(jobs []*job, dir func(*job) string) error {
	for _, j := range jobs {
		if !usesLorabook(j.notebook) {
			continue
		}
		values, err := values(j.notebook)
		if err != nil {
			return fmt.Errorf("%s: %w", j.source, err)
		}
		if err := checkValues(values, dir(j), settingsOf(j.notebook)); err != nil {
			return fmt.Errorf("%s: %w", j.source, err)
		}
	}
	return nil
}

func checkValues(values map[string]constant.Value, dir string, use use) error {
	s := settings(values)
	if err := s.Validate(); err != nil {
		return err
	}
	if model := values["model"]; model != nil && model.Kind() == constant.String {
		if err := checkModel(dir, constant.StringVal(model)); err != nil {
			return err
		}
	}
	if source := values["data"]; source != nil && source.Kind() == constant.String {
		if err := checkData(dir, constant.StringVal(source)); err != nil || use == valuesOnly {
			return err
		}
		return checkContent(dir, s, use == makesExperiment)
	}
	return nil
}

// sourceDir is the folder in which the cells of a run work.
func sourceDir(j *job) string { return filepath.Dir(j.source) }

// usesLorabook reports whether a cell imports a package of this module.
func usesLorabook(nb *nbformat.Notebook) bool {
	for _, cell := range nb.Cells {
		if cell.Type == nbformat.Code && strings.Contains(cell.Source, `"github.com/lorabook/lorabook/pkg/`) {
			return true
		}
	}
	return false
}

// use is what a notebook does with its parameters.
type use int

const (
	valuesOnly use = iota
	opensData
	makesExperiment // which also draws the examples
)

// settingsOf returns the use of a notebook's parameters. A cell with show.YourData describes the
// data, also those that the other notebooks refuse: it reports their faults itself.
func settingsOf(nb *nbformat.Notebook) use {
	found := valuesOnly
	for _, cell := range nb.Cells {
		if cell.Type == nbformat.Code && strings.Contains(cell.Source, "notebook.Settings{") && !strings.Contains(cell.Source, "show.YourData(") {
			found = max(found, opensData)
			if strings.Contains(cell.Source, "Experiment(notebook.Settings{") || strings.Contains(cell.Source, "Experiment(settings)") {
				found = makesExperiment
			}
		}
	}
	return found
}

// values returns the constant values of a notebook's parameters, those of the injected cell before
// the defaults.
func values(nb *nbformat.Notebook) (map[string]constant.Value, error) {
	parameters, err := Parameters(nb)
	if err != nil {
		return nil, err
	}
	found := make(map[string]constant.Value)
	add := func(parameters []Parameter) {
		for _, p := range parameters {
			found[p.Name] = p.constant
		}
	}
	add(parameters)
	set, err := declared(injected(nb))
	if err != nil {
		return nil, fmt.Errorf("the cell tagged %q: %w", injectedTag, err)
	}
	add(set)
	return found, nil
}

// settings are the values whose names and kinds are those of fields of [notebook.Settings].
func settings(values map[string]constant.Value) notebook.Settings {
	var s notebook.Settings
	fields := reflect.ValueOf(&s).Elem()
	for name, value := range values {
		if value == nil || name == "" {
			continue
		}
		field := fields.FieldByName(string(unicode.ToUpper(rune(name[0]))) + name[1:])
		switch {
		case !field.IsValid():
		case field.Kind() == reflect.String && value.Kind() == constant.String:
			field.SetString(constant.StringVal(value))
		case field.Kind() == reflect.Int && constant.ToInt(value).Kind() == constant.Int:
			number, _ := constant.Int64Val(constant.ToInt(value))
			field.SetInt(number)
		case field.Kind() == reflect.Float64 && constant.ToFloat(value).Kind() == constant.Float:
			number, _ := constant.Float64Val(value)
			field.SetFloat(number)
		}
	}
	return s
}
