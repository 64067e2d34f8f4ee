package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/nearest"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// assignment is a parameter's value from the command line: name=value.
type assignment struct{ name, value string }

func parseAssignments(texts []string) ([]assignment, error) {
	var assignments []assignment
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, fmt.Errorf("the parameter %q is not of the form name=value", text)
		}
		if slices.ContainsFunc(assignments, func(a assignment) bool { return a.name == name }) {
			return nil, fmt.Errorf("the parameter %s is given twice", name)
		}
		assignments = append(assignments, assignment{name, value})
	}
	return assignments, nil
}

// inject adds a cell that sets those of the notebook's parameters for which there is an
// assignment, and returns their names. A cell that an earlier run injected is replaced.
func inject(nb *nbformat.Notebook, parameters []Parameter, assignments []assignment) (names []string, err error) {
	lines := []string{"// Set for this run."}
	for _, parameter := range parameters {
		for _, a := range assignments {
			if a.name != parameter.Name {
				continue
			}
			line, err := parameter.declaration(a.value)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
			names = append(names, a.name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	nb.Cells = slices.DeleteFunc(nb.Cells, func(cell *nbformat.Cell) bool { return cell.HasTag(injectedTag) })
	cells := parametersCells(nb)
	cell := &nbformat.Cell{
		Type:     nbformat.Code,
		Metadata: map[string]any{"tags": []any{injectedTag}},
		Source:   strings.Join(lines, "\n"),
	}
	if nb.Minor >= 5 {
		cell.ID = freeID(nb, injectedTag)
	}
	nb.Cells = slices.Insert(nb.Cells, cells[len(cells)-1]+1, cell) // a cell before the last would be replaced by it
	return names, nil
}

// freeID returns id, or id with a number if a cell has it already. It is the same for
// every run, so that diffs stay small.
func freeID(nb *nbformat.Notebook, id string) string {
	free := id
	for n := 2; slices.ContainsFunc(nb.Cells, func(cell *nbformat.Cell) bool { return cell.ID == free }); n++ {
		free = fmt.Sprintf("%s-%d", id, n)
	}
	return free
}

// UnknownParameterError reports a parameter that no notebook of the run declares.
type UnknownParameterError struct {
	Name  string
	Known []string // the names of the parameters of all notebooks
}

// Error implements error.
func (e *UnknownParameterError) Error() string {
	text := fmt.Sprintf("unknown parameter %q", e.Name)
	if len(e.Known) == 0 {
		return text + fmt.Sprintf(": no cell that declares variables is tagged %q", parametersTag)
	}
	return text + nearest.Hint(e.Name, e.Known) + "\nthe parameters are " + strings.Join(e.Known, ", ") +
		"\n`go run ./kernel run --list` describes them"
}

// String describes a parameter: "epochs int = 2".
func (p Parameter) String() string {
	text := p.Name
	if p.Type != "" {
		text += " " + p.Type
	}
	if p.Default != "" {
		text += " = " + p.Default
	}
	return text
}
