package run

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/notebook"
)

// Columns that are not there, and numbers of examples that are too large, are reported before the
// first cell runs. Only a notebook with an experiment draws examples.
func TestCheckContent(t *testing.T) {
	place(t)
	var rows strings.Builder
	rows.WriteString("text,kind\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "letter %d of %d words,%s\n", i, i*i, []string{"a", "b", "c"}[i%3])
	}
	if err := os.WriteFile("data/letters.csv", []byte(rows.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	var (
		declared   = codeCell("var (\n\tdata, text, label = \"../data/letters.csv\", \"\", \"kind\"\n\ttrain, validation, test = 0, 0, 0\n)", parametersTag)
		imports    = codeCell("import \"github.com/lorabook/lorabook/pkg/show\"")
		experiment = save(t, "notebooks", "experiment.ipynb", imports, declared, codeCell("var e = show.Experiment(notebook.Settings{Data: data})"))
		labels     = save(t, "notebooks", "labels.ipynb", imports, declared, codeCell("var names = show.Labels(notebook.Settings{Data: data})"))
		neither    = save(t, "notebooks", "neither.ipynb", imports, declared)
	)
	for _, test := range []struct {
		notebook, parameter string
		name, want          string // "": accepted
	}{
		{experiment, "train=20", "", ""},
		{experiment, "train=500", "train", "cannot draw 500 of"},
		{experiment, "validation=70", "validation", "cannot draw 70 of"},
		{experiment, "test=500", "test", "cannot draw 500 of"},
		{experiment, "label=class", "data", `is "class", and there is no such column`},
		{labels, "label=class", "data", `is "class", and there is no such column`},
		{labels, "train=500", "", ""},
		{neither, "label=class", "", ""},
	} {
		_, err := plan(t.Context(), Options{Notebooks: []string{test.notebook}, Parameters: []string{test.parameter}, Out: "out"})
		if wrong := new(notebook.ParameterError); test.want == "" && err != nil || test.want != "" && (!errors.As(err, &wrong) || wrong.Name != test.name || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s %s: %v, expected parameter %q, %q", test.notebook, test.parameter, err, test.name, test.want)
		}
	}
	// The sample is checked, too.
	if err := checkContent("notebooks", notebook.Settings{Data: "sample", Train: 5000}, true); err == nil || !strings.Contains(err.Error(), "parameter train") {
		t.Errorf("%v", err)
	}
}
