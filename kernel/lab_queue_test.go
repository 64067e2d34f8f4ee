package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// TestLabStopsTheQueue: after "Run All Cells", a cell that fails, and one that the reader
// interrupts, end the queue: the cells behind it do not run, and none seems to wait. A reader
// who runs them afterwards can.
func TestLabStopsTheQueue(t *testing.T) {
	testenv.NeedsTime(t, "it opens notebooks in JupyterLab")
	machine := needLab(t)
	for name, c := range map[string]struct {
		failing   string
		interrupt bool
	}{
		"compile error": {failing: "%%\nfmt.Println(undeclared)"},
		"exit status":   {failing: "%%\nfmt.Println(\"bad\")\nos.Exit(1)"},
		"interrupt":     {failing: "%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Minute)", interrupt: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := useLab(t, machine)
			cells := []*nbformat.Cell{
				{Type: nbformat.Code, ID: "first", Source: "%%\nfmt.Println(\"first\")"},
				{Type: nbformat.Code, ID: "failing", Source: c.failing},
				{Type: nbformat.Code, ID: "third", Source: "%%\nfmt.Println(\"third\")"},
				{Type: nbformat.Code, ID: "fourth", Source: "%%\nfmt.Println(\"fourth\")"},
			}
			notebook := &nbformat.Notebook{
				Metadata: map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
				Cells:    cells,
			}
			if err := notebook.Write(filepath.Join(server.dir, "queue.ipynb")); err != nil {
				t.Fatal(err)
			}
			tab := openTab(t, machine)
			defer tab.close()
			tab.open(server.url("queue.ipynb"))
			tab.waitForKernel(server)
			tab.runAll()
			if c.interrupt {
				tab.waitFor("the cell to begin", 2*time.Minute, func(p page) bool {
					var text string
					tab.run("document.querySelector('.jp-Notebook').innerText", &text)
					return len(p.Cells) > 1 && p.Cells[1].running() && strings.Contains(text, "begun\n")
				})
				tab.menu("Kernel", "kernelmenu:interrupt")
			}
			p := tab.waitFor("the queue to end", 2*time.Minute, func(p page) bool {
				return p.Kernel == "idle" && len(p.Cells) == len(cells) && p.Cells[1].ran() && !p.Cells[2].running() && !p.Cells[3].running()
			})
			tab.screenshot("stopped")
			if !p.Cells[0].ran() || p.Cells[2].ran() || p.Cells[3].ran() {
				t.Errorf("the cells are %+v: expected the first two to have run", p.Cells)
			}
			// The last cell, by hand.
			tab.click("[...document.querySelectorAll('.jp-Notebook .jp-CodeCell .cm-line')].find(e => e.textContent.includes('fourth'))")
			tab.press("\r", true)
			p = tab.waitFor("the last cell to run", 2*time.Minute, func(p page) bool { return p.Cells[3].ran() })
			if p.Cells[2].ran() {
				t.Errorf("the cells are %+v", p.Cells)
			}
		})
	}
}
