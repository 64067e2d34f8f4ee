package render

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart"
)

// chartOutput is what pkg/chart leaves in a notebook, and its picture.
func chartOutput(t *testing.T) (output tree, picture chart.Chart) {
	t.Helper()
	c, err := chart.Bars(chart.Labels{Title: "Bars <b>", Takeaway: "They rise."}, []string{"g"}, chart.BarSeries{Name: "x", Values: []float64{42.5}})
	if err != nil {
		t.Fatal(err)
	}
	source, err := c.HTML()
	if err != nil {
		t.Fatal(err)
	}
	return display(tree{"text/html": source, "image/png": encoded(t, c), "text/plain": c.Text()}), c
}

func encoded(t *testing.T, c chart.Chart) string {
	t.Helper()
	picture, err := c.PNG()
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(picture)
}

// A chart stands in a page twice, light and dark, with words and its size.
func TestChartFigure(t *testing.T) {
	output, c := chartOutput(t)
	page, main := renderCells(t, false, codeCell("show()", output))
	has(t, main, `<div class="wide"><img class="on-light" alt="Bars &lt;b&gt;: They rise." src="data:image/png;base64,`+encoded(t, c)+`" width="760" height="`,
		`class="on-dark" alt="Bars &lt;b&gt;: They rise." src="data:image/png;base64,`+encoded(t, c.Dark())+`"`,
		`<div class="narrow"><img class="on-light" alt="Bars &lt;b&gt;: They rise." src="data:image/png;base64,`+encoded(t, c.Fit(360))+`" width="360" height="`,
		`class="on-dark" alt="Bars &lt;b&gt;: They rise." src="data:image/png;base64,`+encoded(t, c.Fit(360).Dark())+`"`,
		"<summary>In words</summary>", "g: x 42.5")
	hasNot(t, main, "<script")
	if found := unsafe(page); len(found) > 0 {
		t.Error(found)
	}
	_, main = renderCells(t, true, codeCell("show()", output))
	has(t, main, "<script", "lorabook-chart")

	// Another picture under a chart's name is shown as it is.
	output["data"].(tree)["image/png"] = pngDot
	_, main = renderCells(t, false, codeCell("show()", output))
	has(t, main, pngDot)
	hasNot(t, main, "on-dark")
}

// A chart with letters that a PNG lacks stands in a page as an SVG, light and dark.
func TestChartFigureOfOtherScripts(t *testing.T) {
	c, err := chart.Bars(chart.Labels{Title: "类别"}, []string{"好评"}, chart.BarSeries{Name: "x", Values: []float64{42.5}})
	if err != nil {
		t.Fatal(err)
	}
	source, err := c.HTML()
	if err != nil {
		t.Fatal(err)
	}
	vector := func(c chart.Chart) string {
		svg, err := c.SVG()
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(svg)
	}
	page, main := renderCells(t, false, codeCell("show()", display(tree{"text/html": source, "image/png": encoded(t, c), "text/plain": c.Text()})))
	has(t, main, `<div class="wide"><img class="on-light" alt="类别" src="data:image/svg+xml;base64,`+vector(c)+`"`,
		`<img class="on-dark" alt="类别" src="data:image/svg+xml;base64,`+vector(c.Dark())+`"`,
		`<div class="narrow"><img class="on-light" alt="类别" src="data:image/svg+xml;base64,`+vector(c.Fit(360))+`"`)
	hasNot(t, main, "image/png")
	if found := unsafe(page); len(found) > 0 {
		t.Error(found)
	}
}

func TestOrigins(t *testing.T) {
	tagged := func(source string, tag string) tree {
		cell := codeCell(source)
		cell["metadata"] = tree{"tags": []any{tag}}
		return cell
	}
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	notebook(t, path,
		tagged("var (\n\trun = \"\"\n\tmodel      = \"lorabook-tiny\" // a comment\n\tdata string = \"sample\"\n\tmodelSize = \"no\"\n)", "parameters"),
		tagged("// Set for this run.\nvar data = \"../data/aclImdb_v1.tar.gz\"", "injected-parameters"),
		codeCell("model = \"other\""))
	site, _ := render(t, Options{Notebooks: []string{path}})
	want := `<p class="origin">model <b>lorabook-tiny</b> · data <b>aclImdb_v1.tar.gz</b></p>`
	has(t, read(t, filepath.Join(site, "nb.html")), want)
	has(t, read(t, filepath.Join(site, "index.html")), want)
}

// A page names the date and the machine of the notebook's last run: those of the notebook, or the
// latest date of its cells.
func TestLastRun(t *testing.T) {
	for _, test := range []struct{ run, execution, want string }{
		{`{"run": {"time": "2026-11-28T21:50:00Z", "machine": "A  processor, 2 cores"}}`, `{}`, "data <b>sample</b> · run on 2026-11-28 · go1.26 · A processor, 2 cores</p>"},
		{`{}`, `{"shell.execute_reply": "2026-11-27T10:00:00Z", "iopub.status.idle": "2026-11-26T10:00:00Z"}`, "data <b>sample</b> · run on 2026-11-27 · go1.26</p>"},
		{`{"run": {"time": "yesterday", "machine": 2}}`, `{}`, "data <b>sample</b> · go1.26</p>"},
	} {
		path := filepath.Join(t.TempDir(), "nb.ipynb")
		text := `{"nbformat": 4, "nbformat_minor": 4, "metadata": {"lorabook": ` + test.run + `, "language_info": {"name": "go", "version": "go1.26"}}, "cells": [
			{"cell_type": "code", "metadata": {"tags": ["parameters"], "execution": ` + test.execution + `}, "source": "var data = \"sample\"", "execution_count": 1, "outputs": []}]}`
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		site, _ := render(t, Options{Notebooks: []string{path}})
		has(t, read(t, filepath.Join(site, "nb.html")), test.want)
	}
}

// The index knows the words of every cell: text, code and outputs, under its heading.
func TestWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	output, _ := chartOutput(t)
	notebook(t, path, markdownCell("# Title\n\nSome *text* </script>."), markdownCell("## Part"), codeCell("fmt.Println(x)", stream("stdout", "printed\n"), output))
	site, _ := render(t, Options{Notebooks: []string{path}})
	_, data, _ := strings.Cut(read(t, filepath.Join(site, "index.html")), `id="words">`)
	data, _, _ = strings.Cut(data, "</script>")
	var got []entry
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if len(got) != 3 || got[0] != (entry{"nb.html#cell-1", "Title", "Title", "Some text ."}) || got[1].Heading != "Part" {
		t.Errorf("words: %+v", got)
	}
	if c := got[2]; c.Link != "nb.html#cell-3" || c.Heading != "Part" || !strings.HasPrefix(c.Text, "fmt.Println(x) printed") || !strings.Contains(c.Text, "g: x 42.5") {
		t.Errorf("words of the code: %+v", c)
	}
	if strings.Contains(data, "base64") {
		t.Error("pictures are among the words")
	}
}
