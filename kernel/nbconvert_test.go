package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// TestNbconvertRuns runs notebooks with Jupyter's nbconvert: a short one, and of 04 the first
// chart, which trains, and the cell that nbconvert must skip. The saved charts have their
// pictures. TestLabAllNotebooks runs all cells of all notebooks in the same kernel.
func TestNbconvertRuns(t *testing.T) {
	machine := needLab(t)
	dir, toy := t.TempDir(), newLabToy(t)
	env := labHome(t, machine, t.TempDir())
	for name, charts := range map[string]int{"01-baseline": 3, "04-before-after": 1} {
		path := filepath.Join(dir, "notebooks", name+".ipynb")
		toy.write(t, path)
		if name == "04-before-after" {
			keepFirstChart(t, path)
		}
		nbconvert(t, machine, env, "--to", "notebook", "--execute", "--inplace", path)
		notebook, err := nbformat.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range notebook.Cells {
			if ran := cell.ExecutionCount != nil; cell.Type == nbformat.Code && ran == cell.HasTag("skip-execution") {
				t.Errorf("%s: cell %d ran: %v", name, i+1, ran)
			}
		}
		if shown := checkPictures(t, notebook); shown != charts {
			t.Errorf("%s: %d charts, expected %d", name, shown, charts)
		}
	}
}

// keepFirstChart removes the cells that show something behind the first of them, but for cells
// to be skipped.
func keepFirstChart(t *testing.T, path string) {
	t.Helper()
	notebook, err := nbformat.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	shown, skipped := 0, 0
	notebook.Cells = slices.DeleteFunc(notebook.Cells, func(cell *nbformat.Cell) bool {
		switch {
		case cell.Type != nbformat.Code || !strings.Contains(cell.Source, "%%"):
			return false
		case cell.HasTag("skip-execution"):
			skipped++
			return false
		}
		shown++
		return shown > 1
	})
	if shown < 2 || skipped != 1 {
		t.Fatalf("%s has %d cells that show something and %d to be skipped", path, shown, skipped)
	}
	if err := notebook.Write(path); err != nil {
		t.Fatal(err)
	}
}

// TestNbconvertPages checks that nbconvert colours the code of the committed notebooks as Go:
// the pages mark keywords that other languages lack.
func TestNbconvertPages(t *testing.T) {
	machine := needLab(t)
	env := labHome(t, machine, t.TempDir())
	notebooks, err := filepath.Glob("../notebooks/*.ipynb")
	if err != nil || len(notebooks) < 5 {
		t.Fatal(notebooks, err)
	}
	dir := t.TempDir()
	nbconvert(t, machine, env, append([]string{"--to", "html", "--output-dir", dir}, notebooks...)...)
	for _, path := range notebooks {
		page, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(filepath.Base(path), ".ipynb")+".html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`<span class="kd">var</span>`, `<span class="kn">import</span>`, "lorabook-chart", "data:image/png;base64,"} {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s: the page has no %s", path, want)
			}
		}
	}
}

func nbconvert(t *testing.T, machine labMachine, env []string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), machine.jupyter, append([]string{"nbconvert", "--log-level", "WARN"}, args...)...)
	cmd.Env = env
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nbconvert %s: %v\n%s", args, err, text)
	}
}
