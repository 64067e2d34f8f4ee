package render

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// origin is a parameter that states the source of a page's outputs.
type origin struct{ Name, Value string }

// originLine matches a declaration of one in a cell of parameters.
var originLine = regexp.MustCompile("(?m)^\\s*(?:var\\s+)?(model|data)(?:\\s+string)?\\s*=\\s*(\"(?:[^\"\\\\\\n]|\\\\.)*\"|`[^`]*`)")

// origins returns the model and the data of a notebook's outputs: those of its cell of
// parameters, or of the cell that was injected for the run. For a path, the last element is shown.
func origins(notebook *nbformat.Notebook) []origin {
	var found []origin
	for _, c := range notebook.Cells {
		if !c.HasTag("parameters") && !c.HasTag("injected-parameters") {
			continue
		}
		for _, m := range originLine.FindAllStringSubmatch(c.Source, -1) {
			value, err := strconv.Unquote(m[2])
			if err != nil || value == "" {
				continue
			}
			value = path.Base(strings.ReplaceAll(value, `\`, "/"))
			found = setOrigin(found, origin{m[1], value})
		}
	}
	return found
}

// setOrigin adds an origin, or replaces that of the same name.
func setOrigin(all []origin, o origin) []origin {
	for i := range all {
		if all[i].Name == o.Name {
			all[i] = o
			return all
		}
	}
	return append(all, o)
}
