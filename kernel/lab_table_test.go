package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// tablesNotebook has a table with a long text and many rows, and a slider.
var tablesNotebook = []string{`import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/show"
	"github.com/lorabook/lorabook/pkg/table"
)`, `%%
type row struct {
	Run      string
	Accuracy float64 ` + "`table:\"accuracy\" unit:\"%\" format:\"%.1f\"`" + `
	Text     string
}
rows := []row{{"r 10", 9.5, "<b>bold</b> & " + strings.Repeat("a long text ", 20)}, {"r 9", 88.25, ""}, {"r 8", 70, "short"}}
for i := range 40 {
	rows = append(rows, row{fmt.Sprint("x ", i), 10 + float64(i)/10, "-"})
}
show.Display(show.Table("Results of runs", rows))`, `%%
s := &table.Slider{Label: "threshold", Start: 1}
for i, share := range []float64{10, 20, 30} {
	t := table.New("Shares", table.Column{Name: "measure"}, table.Column{Name: "share", Unit: "%", Format: "%.1f"})
	t.Add("recall", share)
	s.Tables, s.Positions = append(s.Tables, t), append(s.Positions, fmt.Sprintf("%.2f", float64(i)/2))
}
notebook.Check(table.ShowSlider(s))`}

// writeCells writes a notebook with these cells of code.
func writeCells(t *testing.T, path string, sources ...string) {
	t.Helper()
	notebook, err := nbformat.Read(filepath.Join("..", "notebooks", "01-baseline.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	notebook.Cells = nil
	for i, source := range sources {
		notebook.Cells = append(notebook.Cells, &nbformat.Cell{Type: nbformat.Code, ID: "cell-" + string(rune('a'+i)), Source: source, Metadata: map[string]any{}})
	}
	if err := notebook.Write(path); err != nil {
		t.Fatal(err)
	}
}

// tableState is what a reader sees of the first table.
type tableState struct {
	First, Last string   // first cells of the first and of the last row
	Sorts       []string // aria-sort of the headers
	Align       []string // of the first row's cells
	Fits        bool     // no wider than the notebook
	Scrolls     bool     // shows a part of its rows
	Contrast    bool     // its text and its header differ from the background
	Slider      string   // the number that the slider's table shows
	Position    string   // text beside the slider
	Range       bool     // there is a slider
	Copy        string   // words on the button
}

const tableScript = `(() => {
	const table = document.querySelector(".jp-Notebook .lorabook-table table"), slider = document.querySelector(".jp-Notebook .lorabook-slider");
	if (!table || !slider) return {};
	const rows = [...table.tBodies[0].rows], region = table.parentNode;
	const panel = document.querySelector(".jp-Notebook").getBoundingClientRect();
	const tone = (c) => { const [r, g, b] = c.match(/\d+/g).map(Number); return 0.299 * r + 0.587 * g + 0.114 * b; };
	const head = getComputedStyle(table.tHead.rows[0].cells[0]);
	return {
		First: rows[0].cells[0].textContent, Last: rows[rows.length - 1].cells[0].textContent,
		Sorts: [...table.tHead.rows[0].cells].map((h) => h.getAttribute("aria-sort") || ""),
		Align: [...rows[0].cells].map((c) => getComputedStyle(c).textAlign),
		Fits: region.getBoundingClientRect().right <= panel.right,
		Scrolls: region.scrollHeight > region.clientHeight + 100,
		Contrast: Math.abs(tone(head.color) - tone(head.backgroundColor)) > 100,
		Slider: slider.querySelector("td").textContent,
		Position: (slider.querySelector("output") || slider.querySelector("b")).textContent,
		Range: slider.querySelector("input[type=range]") !== null,
		Copy: (document.querySelector(".jp-Notebook .lorabook-table > button") || {}).textContent || "",
	};
})()`

func (b *tab) table() (s tableState) {
	b.t.Helper()
	b.run(tableScript, &s)
	return s
}

// waitForTable looks until the table is as wanted.
func (b *tab) waitForTable(what string, wanted func(tableState) bool) tableState {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		s := b.table()
		if wanted(s) {
			return s
		}
		if time.Now().After(deadline) {
			b.fail("%s; the table is %+v", what, s)
		}
	}
}

// TestLabTables runs a notebook with a table and a slider in JupyterLab: a click on a header
// sorts, a button copies, arrow keys move the slider. The saved notebook shows the same in the
// dark theme, and without scripts a table in its first order.
func TestLabTables(t *testing.T) {
	machine := needLab(t)
	server := useLab(t, machine)
	path := filepath.Join(server.dir, "tables.ipynb")
	writeCells(t, path, tablesNotebook...)
	tab := openTab(t, machine)
	tab.open(server.url("tables.ipynb"))
	tab.waitForKernel(server)
	tab.runAll()
	saved := tab.saveUntilRun(server, path)
	s := tab.waitForTable("the table", func(s tableState) bool { return s.Range && s.Copy != "" })
	if s.First != "r 10" || s.Last != "x 39" || !s.Fits || !s.Scrolls || !s.Contrast || s.Slider != "20.0" || s.Position != "0.50" ||
		strings.Join(s.Align, " ") != "left right left" || strings.Join(s.Sorts, " ") != "none none none" {
		t.Errorf("the table is %+v", s)
	}
	tab.screenshot("light")
	header := func(i int) string {
		return "document.querySelectorAll('.jp-Notebook .lorabook-table th button')[" + string(rune('0'+i)) + "]"
	}
	for _, step := range []struct {
		column      int
		first, last string
		sorts       string
	}{
		{0, "r 8", "x 39", "ascending none none"}, // 8, 9, 10: by number within the text
		{0, "x 39", "r 8", "descending none none"},
		{1, "r 10", "r 9", "none ascending none"},
		{1, "r 9", "r 10", "none descending none"},
		{1, "r 10", "x 39", "none none none"},
	} {
		tab.click(header(step.column))
		s := tab.waitForTable("the order "+step.sorts, func(s tableState) bool { return strings.Join(s.Sorts, " ") == step.sorts })
		if s.First != step.first || s.Last != step.last {
			t.Errorf("sorted %q: %q to %q, expected %q to %q", step.sorts, s.First, s.Last, step.first, step.last)
		}
	}
	tab.click("document.querySelector('.jp-Notebook .lorabook-table > button')")
	tab.waitForTable("the copy", func(s tableState) bool { return s.Copy == "Copied" })
	tab.click("document.querySelector('.jp-Notebook .lorabook-slider input')") // in its middle
	tab.press(kb.ArrowRight, false)
	s = tab.waitForTable("the slider", func(s tableState) bool { return s.Position == "1.00" })
	if s.Slider != "30.0" {
		t.Errorf("the slider is %+v", s)
	}
	tab.screenshot("moved")
	for _, problem := range tab.chartProblems() {
		t.Error(problem)
	}
	tab.close()

	// JupyterLab does not trust a notebook whose bytes differ from the saved ones.
	saved.Metadata["from"] = "afar"
	if err := saved.Write(filepath.Join(server.dir, "stranger.ipynb")); err != nil {
		t.Fatal(err)
	}
	server.useTheme(t, "dark")
	for _, name := range []string{"tables", "stranger"} {
		tab := openTab(t, machine)
		tab.resize(480)
		tab.open(server.url(name + ".ipynb"))
		for _, width := range []int64{480, 1200} {
			tab.resize(width)
			s := tab.waitForTable("the table of "+name, func(s tableState) bool { return s.First != "" && (name == "stranger" || s.Range) })
			if s.First != "r 10" || s.Slider != "20.0" || s.Position != "0.50" || s.Range != (name == "tables") || s.Align[1] != "right" {
				t.Errorf("%s, opened again: %+v", name, s)
			}
			if name == "tables" && (!s.Contrast || !s.Fits) {
				t.Errorf("%s, %d pixels wide: %+v", name, width, s)
			}
			tab.screenshot(name + "-" + map[int64]string{1200: "wide", 480: "narrow"}[width])
		}
		tab.close()
	}
}
