package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/lorabook/lorabook/internal/browsertest"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/table"
)

// TestRenderedTables: a rendered page runs no script of an output, and still its tables of
// results can be sorted and copied, and its sliders moved.
func TestRenderedTables(t *testing.T) {
	program := browsertest.Need(t)
	runs := table.New("Runs", table.Column{Name: "run"}, table.Column{Name: "accuracy", Unit: "%", Format: "%.1f"})
	runs.Add("r 10", 9.5)
	runs.Add("r 9", 88.25)
	runs.Add("r 8", nil)
	slider := &table.Slider{Label: "threshold", Start: 1}
	for i, share := range []float64{10, 20, 30} {
		shares := table.New("Shares", table.Column{Name: "measure"}, table.Column{Name: "share", Unit: "%", Format: "%.1f"})
		shares.Add("recall", share)
		slider.Tables, slider.Positions = append(slider.Tables, shares), append(slider.Positions, []string{"0.00", "0.50", "1.00"}[i])
	}
	slides, err := slider.HTML()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "tables.ipynb")
	writeCells(t, path, "%%\nrun()")
	notebook, err := nbformat.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, html := range []string{runs.HTML(), slides, `<div id="lorabook-table-none">no table</div><div id="lorabook-slider-x" data-slider="no JSON"></div>`} {
		notebook.Cells[0].Outputs = append(notebook.Cells[0].Outputs, &nbformat.Output{
			Type: nbformat.DisplayData, Data: map[string]any{"text/html": html, "text/plain": "table"}, Metadata: map[string]any{},
		})
	}
	if err := notebook.Write(path); err != nil {
		t.Fatal(err)
	}
	if printed, err := command(t, "render", path, "--out", dir); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	tab := openTab(t, labMachine{browser: program})
	defer tab.close()
	tab.open("file://" + filepath.ToSlash(path[:len(path)-len("ipynb")]) + "html")
	const tableOf = "document.querySelector('[id^=lorabook-table] table')"
	column := func() string {
		t.Helper()
		var cells string
		tab.run("[..."+tableOf+".tBodies[0].rows].map(r => r.cells[0].textContent).join(' ')", &cells)
		return cells
	}
	for _, want := range []string{"r 10 r 9 r 8", "r 9 r 10 r 8", "r 10 r 9 r 8"} { // the empty cell stays last; then the notebook's order
		tab.click(tableOf + ".tHead.rows[0].cells[1].querySelector('button')")
		if got := column(); got != want {
			t.Errorf("the rows are %q, expected %q", got, want)
		}
	}
	tab.click("document.querySelector('[id^=lorabook-table] > button')")
	var copied string
	for end := time.Now().Add(20 * time.Second); copied != "Copied"; time.Sleep(20 * time.Millisecond) { // the browser copies in the background
		if tab.run("document.querySelector('[id^=lorabook-table] > button').textContent", &copied); time.Now().After(end) {
			t.Fatalf("the button says %q, expected Copied", copied)
		}
	}
	tab.click("document.querySelector('[id^=lorabook-slider] input')")
	tab.press(kb.ArrowRight, false)
	var share string
	tab.run("document.querySelector('[id^=lorabook-slider] td').textContent + document.querySelector('[id^=lorabook-slider] output').textContent", &share)
	if share != "30.01.00" {
		t.Errorf("the slider shows %q, expected 30.0 at 1.00", share)
	}
}

// TestPrintedTable: on paper a table with long texts breaks no class and no number, and is not
// wider than the page.
func TestPrintedTable(t *testing.T) {
	program := browsertest.Need(t)
	changed := table.New("Changed predictions", table.Column{Name: "example"}, table.Column{Name: "class"}, table.Column{Name: "predicted before"},
		table.Column{Name: "predicted after"}, table.Column{Name: "probability of the class before", Format: "%.2f"}, table.Column{Name: "after", Format: "%.2f"}, table.Column{Name: "beginning of the text"})
	for range 3 {
		changed.Add("train/37", "music", "weather", "cooking", 0.14, 0.67, "Nobody expected the drum after the song on Monday, and nobody knew why it came.")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "tables.ipynb")
	writeCells(t, path, "%%\nrun()")
	notebook, err := nbformat.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	notebook.Cells[0].Outputs = []*nbformat.Output{{
		Type: nbformat.DisplayData, Data: map[string]any{"text/html": changed.HTML(), "text/plain": "table"}, Metadata: map[string]any{},
	}}
	if err := notebook.Write(path); err != nil {
		t.Fatal(err)
	}
	if printed, err := command(t, "render", path, "--out", dir); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	tab := openTab(t, labMachine{browser: program})
	defer tab.close()
	tab.open("file://" + filepath.ToSlash(path[:len(path)-len("ipynb")]) + "html")
	if err := chromedp.Run(tab.ctx, emulation.SetEmulatedMedia().WithMedia("print"), emulation.SetDeviceMetricsOverride(630, 900, 1, false)); err != nil {
		t.Fatal(err)
	}
	var cut []string
	tab.run(`[...document.querySelectorAll("main td, main th[scope=row]")].filter(cell => {
		const range = document.createRange();
		range.selectNodeContents(cell);
		return /^\S+$/.test(cell.textContent) && range.getClientRects().length > 1;
	}).map(cell => cell.textContent)`, &cut)
	if len(cut) > 0 {
		t.Errorf("broken on paper: %q", cut)
	}
	var fits bool
	tab.run(`[...document.querySelectorAll("main table")].some(Boolean) && [...document.querySelectorAll("main table")].every(t => t.getBoundingClientRect().right <= innerWidth)`, &fits)
	if !fits {
		t.Error("the table is wider than the paper, or there is none")
	}
}
