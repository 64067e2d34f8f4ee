package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/chart/echarts"
)

// TestLabTraining runs the training notebook in JupyterLab, in a browser with mouse and
// keyboard events: all cells run, the curve grows during the training, the saved notebook has
// a picture and no drawing library, and the picture shows when the notebook is opened again.
func TestLabTraining(t *testing.T) {
	machine := needLab(t)
	library, err := echarts.Library()
	if err != nil {
		t.Logf("NOT TESTED with ECharts: %v", err)
	} else {
		t.Run("interactive", func(t *testing.T) { labTraining(t, machine, useLab(t, machine), library) })
	}
	t.Run("pictures", func(t *testing.T) {
		t.Setenv("LORABOOK_ECHARTS", filepath.Join(t.TempDir(), "missing.js"))
		labTraining(t, machine, startLab(t, machine), nil)
	})
}

// labTraining runs the test with ECharts, or without it if library is nil.
func labTraining(t *testing.T, machine labMachine, server *labServer, library []byte) {
	path := filepath.Join(server.dir, "notebooks", "03-training.ipynb")
	toy := newLabToy(t)
	toy.epochs = 100 // a chart is drawn once a second: many of them, on a fast machine and on a busy one
	toy.write(t, path)
	keepLiveChart(t, path)
	tab := openTab(t, machine)
	tab.open(server.url("notebooks/03-training.ipynb"))
	tab.waitForKernel(server)
	tab.runAll()

	grown := make(map[string]page) // what the chart showed while its cell ran
	last := tab.waitFor("every cell to run", 10*time.Minute, func(p page) bool {
		done := p.Kernel == "idle" && len(p.Cells) > 1
		for _, c := range p.Cells {
			if c.Error != "" {
				t.Fatalf("the cell %s failed:\n%s", c.Prompt, c.Error)
			}
			if c.Charts > 0 && c.running() && p.Chart.Content != "" {
				if _, known := grown[p.Chart.Content]; !known {
					tab.showChart()
					tab.screenshot("growing") // the last one stays
				}
				grown[p.Chart.Content] = p
			}
			done = done && c.ran()
		}
		return done
	})
	checkGrowth(t, grown, last, library != nil)
	tab.checkFinal(last, library != nil)
	tab.screenshot("trained")

	tab.save(path)
	notebook := checkSaved(t, path, library)
	tab.close()
	if library == nil { // a page that is opened again shows pictures in any case
		return
	}

	// The server trusts the notebook, since it signed it, and runs its scripts; the notebook
	// has no library. The server does not trust a copy with other bytes.
	notebook.Metadata["from"] = "afar"
	if err := notebook.Write(filepath.Join(server.dir, "notebooks", "stranger.ipynb")); err != nil {
		t.Fatal(err)
	}
	for name, trusted := range map[string]bool{"03-training": true, "stranger": false} {
		tab := openTab(t, machine)
		tab.open(server.url("notebooks/" + name + ".ipynb"))
		p := tab.waitFor("the picture in "+name, 3*time.Minute, func(p page) bool { return p.Chart.Picture && p.Trust != "" })
		if p.charts() != 1 || p.Chart.Drawing {
			t.Errorf("%s, opened again, shows %d charts, drawing %v; want one picture", name, p.charts(), p.Chart.Drawing)
		}
		if strings.HasPrefix(p.Trust, "Notebook trusted:") != trusted {
			t.Errorf("%s, opened again: %s", name, p.Trust)
		}
		tab.showChart()
		tab.screenshot("reopened-" + name)
		tab.close()
	}
}

// keepLiveChart removes the cells that draw charts after the training, so that the live chart
// is the only one.
func keepLiveChart(t *testing.T, path string) {
	t.Helper()
	notebook, err := nbformat.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	n := len(notebook.Cells)
	notebook.Cells = slices.DeleteFunc(notebook.Cells, func(cell *nbformat.Cell) bool { return strings.HasPrefix(cell.ID, "moved") })
	if len(notebook.Cells) == n {
		t.Fatalf("%s has no cell that shows what has moved", path)
	}
	if err := notebook.Write(path); err != nil {
		t.Fatal(err)
	}
}

func checkGrowth(t *testing.T, grown map[string]page, last page, interactive bool) {
	t.Helper()
	least, most := 0, 0
	for _, p := range grown {
		if n := p.charts(); n != 1 {
			t.Errorf("while the cell ran there were %d charts, want 1", n)
		}
		if p.Chart.Drawing != interactive || p.Chart.Picture == interactive {
			t.Errorf("while the cell ran: drawing %v, picture %v, with ECharts %v", p.Chart.Drawing, p.Chart.Picture, interactive)
		}
		if least == 0 || p.Chart.Points < least {
			least = p.Chart.Points
		}
		most = max(most, p.Chart.Points)
	}
	t.Logf("while the training cell ran, the chart was seen in %d states, of %d to %d points, %d in the end", len(grown), least, most, last.Chart.Points)
	if len(grown) < 2 {
		t.Fatalf("while the training cell ran, the chart was seen in %d states, want 2 at least", len(grown))
	}
	// Without ECharts there are no points to count; the pictures differed.
	if interactive && !(least < most && most <= last.Chart.Points) {
		t.Errorf("the chart did not grow: it had %d to %d points while the cell ran, %d in the end", least, most, last.Chart.Points)
	}
}

func (b *tab) checkFinal(p page, interactive bool) {
	b.t.Helper()
	if n := p.charts(); n != 1 {
		b.t.Errorf("there are %d charts in the notebook, want 1", n)
	}
	b.showChart()
	b.waitFor("the final chart", time.Minute, func(p page) bool {
		return p.Chart.Drawing == interactive && p.Chart.Picture != interactive
	})
	for _, e := range b.chartProblems() {
		b.t.Error(e)
	}
	for _, c := range p.Cells {
		if c.Stderr != "" && (interactive || !strings.HasPrefix(c.Stderr, "Charts are static pictures: ")) {
			b.t.Errorf("the cell %s wrote to its error stream:\n%s", c.Prompt, c.Stderr)
		}
	}
}

// checkSaved reads the notebook that JupyterLab saved.
func checkSaved(t *testing.T, path string, library []byte) *nbformat.Notebook {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the saved notebook has %d bytes", len(text))
	if len(text) > 1_500_000 {
		t.Errorf("the saved notebook has %d bytes", len(text))
	}
	notebook, err := nbformat.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	charts := 0
	for _, cell := range notebook.Cells {
		for _, output := range cell.Outputs {
			html, _ := output.Data["text/html"].(string)
			if library != nil && strings.Contains(html, string(library[len(library)/2:][:100])) {
				t.Error("the saved notebook holds the ECharts library")
			}
			if !strings.Contains(html, "lorabook-chart") {
				continue
			}
			charts++
			checkPicture(t, output)
			if !strings.Contains(html, "<img src=\"data:image/png;base64,") {
				t.Error("the chart's HTML in the saved notebook holds no picture")
			}
			if plain, _ := output.Data["text/plain"].(string); !strings.Contains(plain, "The state of step") {
				t.Errorf("the chart in words lacks what came out of the training:\n%s", plain)
			}
		}
	}
	if charts != 1 {
		t.Fatalf("the saved notebook holds %d charts, want 1", charts)
	}
	return notebook
}

func checkPicture(t *testing.T, output *nbformat.Output) {
	t.Helper()
	encoded, _ := output.Data["image/png"].(string)
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(encoded, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("the static picture in the saved notebook: %v", err)
	}
	if picture.Width < 400 || picture.Height < 200 {
		t.Errorf("the static picture is of %d x %d pixels", picture.Width, picture.Height)
	}
}

// save saves the notebook with Ctrl-S and waits until it is on the disk.
func (b *tab) save(path string) {
	b.t.Helper()
	b.press("s", true)
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	for {
		notebook, err := nbformat.Read(path)
		if err == nil {
			saved := true
			for _, cell := range notebook.Cells {
				saved = saved && (cell.Type != nbformat.Code || cell.ExecutionCount != nil)
			}
			if saved && !b.look().Dirty {
				return
			}
		}
		select {
		case <-ctx.Done():
			b.fail("the notebook to be saved with its outputs (%v)", err)
		case <-time.After(300 * time.Millisecond):
		}
	}
}
