package render

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

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

// executed matches the time of an execution, as nbclient and JupyterLab record it.
var executed = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

// versions returns the date of a notebook's last execution, if the notebook or its cells record
// one, the version of its language, and the machine.
func versions(notebook *nbformat.Notebook) []string {
	run := notebook.LastRun()
	last := ""
	if !run.Time.IsZero() {
		last = run.Time.Format(time.DateOnly)
	}
	for _, c := range notebook.Cells {
		times, _ := c.Metadata["execution"].(map[string]any)
		for _, value := range times {
			text, _ := value.(string)
			last = max(last, executed.FindString(text))
		}
	}
	var found []string
	if last != "" {
		found = append(found, "run on "+last)
	}
	info, _ := notebook.Metadata["language_info"].(map[string]any)
	version, _ := info["version"].(string)
	if name, _ := info["name"].(string); version != "" && !strings.HasPrefix(version, name) {
		version = strings.TrimSpace(name + " " + version) // Python's version is a number, Go's begins with "go"
	}
	if version = strings.Join(strings.Fields(version), " "); version != "" {
		found = append(found, version)
	}
	if machine := strings.Join(strings.Fields(run.Machine), " "); machine != "" {
		found = append(found, machine)
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
