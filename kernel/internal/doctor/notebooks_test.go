package doctor

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNotebooks(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cell := `"cells":[{"cell_type":"code","metadata":{},"source":"var x = 1\nvar _ = f()","execution_count":null,"outputs":[]`
	trap := write("trap.ipynb", `{"nbformat":4,"nbformat_minor":4,"metadata":{"kernelspec":{"name":"gonb","display_name":"Go","language":"go"}},`+cell+`}]}`)
	python := write("python.ipynb", `{"nbformat":4,"nbformat_minor":4,"metadata":{"kernelspec":{"name":"gonb","display_name":"x","language":"python"}},`+cell+`}]}`)
	broken := write("broken.ipynb", `{"nbformat":4,"nbformat_minor":5,"metadata":{"language_info":{"name":"python"}},`+cell+`}]}`)
	html := write("html.ipynb", `<html>`)

	for path, want := range map[string]struct {
		status Status
		words  []string
	}{
		trap:   {Warn, []string{trap + ": cell 1, line 2: GoNB evaluates this twice", "docs/gonb.md"}},
		python: {OK, []string{python}},
		broken: {Warn, []string{broken, `cells[0]: the field "id" is missing`}},
		html:   {Missing, []string{html, "web page"}},
	} {
		m := &machine{}
		m.notebooks([]string{path})
		if len(m.report.Findings) != 1 {
			t.Errorf("%s: %+v", path, m.report.Findings)
		}
		m.report.expect(t, "notebook", want.status, want.words...)
	}
}
