package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// story are the notebooks of one experiment, in their order.
var story = []string{"01-baseline", "02-adapters", "03-training", "04-before-after"}

// allNotebooks are the notebooks of the story, the one that describes data, and the one that
// compares variants.
var allNotebooks = slices.Concat([]string{"00-your-data"}, story, []string{"05-variants"})

// serveNotebook is the notebook of the service, which has data of its own.
const serveNotebook = "06-serve"

// sweepNotebook is the notebook of a search, which trains many times.
const sweepNotebook = "07-sweep"

// checkPictures checks the picture of every chart in a notebook and returns their number.
func checkPictures(t *testing.T, notebook *nbformat.Notebook) (charts int) {
	t.Helper()
	for _, cell := range notebook.Cells {
		for _, output := range cell.Outputs {
			if html, _ := output.Data["text/html"].(string); strings.Contains(html, "lorabook-chart") {
				charts++
				checkPicture(t, output)
			}
		}
	}
	return charts
}

// TestLabAllNotebooks runs the notebooks in JupyterLab, one after the other. The story's
// notebooks share one run folder; the training uses the dark theme. Each notebook is then
// opened again in the dark theme and in a narrow window.
func TestLabAllNotebooks(t *testing.T) {
	machine := needLab(t)
	server, toy := useLab(t, machine), newLabToy(t)
	charts := map[string]int{"00-your-data": 2, "01-baseline": 3, "02-adapters": 2, "03-training": 2, "04-before-after": 8, "05-variants": 4, serveNotebook: 3, sweepNotebook: 5}
	names := append(slices.Clone(allNotebooks), serveNotebook, sweepNotebook)
	for _, name := range names {
		toy.write(t, filepath.Join(server.dir, "notebooks", name+".ipynb"))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			defer server.endKernels(t)
			path := filepath.Join(server.dir, "notebooks", name+".ipynb")
			theme := "light"
			if name == "03-training" {
				theme = "dark"
			}
			server.useTheme(t, theme)
			tab := openTab(t, machine)
			defer tab.close()
			tab.open(server.url("notebooks/" + name + ".ipynb"))
			tab.waitForKernel(server)
			tab.runAll()
			if name == "04-before-after" {
				tab.answer("1") // an example of the list
				tab.answer("k a k b k c k")
				tab.answer("")
			}
			notebook := tab.saveUntilRun(server, path)
			for i, cell := range notebook.Cells {
				if cell.HasTag("skip-execution") {
					checkAnswered(t, cell, "k a k b k c k")
				}
				for _, output := range cell.Outputs {
					if output.Type == nbformat.Stream && output.Name == "stderr" {
						t.Errorf("cell %d wrote to its error stream: %s", i+1, output.Text)
					}
				}
			}
			if shown := checkPictures(t, notebook); shown != charts[name] {
				t.Errorf("%d charts, want %d", shown, charts[name])
			}
			for _, e := range tab.chartProblems() {
				t.Error(e)
			}
			tab.showChart()
			tab.screenshot("all-" + name)
			tab.checkTheme("run", theme)
			server.useTheme(t, "dark")
			tab.reopen(server, name, 1200)
			tab.checkOpened("dark", 1200)
			tab.resize(480)
			tab.checkOpened("dark", 480)
			server.useTheme(t, "light")
			tab.reopen(server, name, 480)
			tab.checkOpened("light", 480)
		})
	}
}

// resize sets the width of the window in pixels.
func (b *tab) resize(width int64) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, chromedp.EmulateViewport(width, 1400)); err != nil {
		b.t.Fatal(err)
	}
}

// reopen opens a saved notebook again in a window of the given width, in the theme of
// useTheme.
func (b *tab) reopen(server *labServer, name string, width int64) {
	b.t.Helper()
	b.resize(width)
	b.open(server.url("notebooks/" + name + ".ipynb"))
	b.waitFor("the cells of "+name, 2*time.Minute, func(p page) bool { return len(p.Cells) > 1 })
}

// checkOpened checks a notebook that was opened again: a chart must be visible, as a picture
// until a cell loads the library, and must not be cut off.
func (b *tab) checkOpened(theme string, width int64) {
	b.t.Helper()
	what := fmt.Sprintf("a chart, %s, %d pixels wide", theme, width)
	b.scrollToChart(what)
	var got struct {
		Drawn  bool
		Beyond float64 // pixels by which the widest chart is cut off
	}
	b.run(`(() => {
		const panel = document.querySelector(".jp-Notebook").getBoundingClientRect();
		const charts = [...document.querySelectorAll(".jp-Notebook .lorabook-chart")];
		const shown = charts.flatMap((c) => [...c.querySelectorAll("svg, img")]).filter((e) => e.getBoundingClientRect().width > 0);
		return {
			Drawn: shown.length > 0,
			Beyond: Math.max(...shown.map((e) => e.getBoundingClientRect().right - panel.right)),
		};
	})()`, &got)
	if !got.Drawn || got.Beyond > 0 {
		b.t.Errorf("%s: %+v", what, got)
	}
	b.checkTheme(what, theme)
	b.screenshot(fmt.Sprintf("%s-%d", theme, width))
}

// checkTheme checks that JupyterLab and all drawn charts have the theme: a picture's by the
// pixel in its corner, an interactive chart's by the colour of its title.
func (b *tab) checkTheme(what, theme string) {
	b.t.Helper()
	var got struct {
		Lab    string
		Charts []string // of each picture its paper, of each drawing its title: "light" or "dark"
		Wrong  int
	}
	b.run(`(() => {
		const tone = (colour) => 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] < 128 ? "dark" : "light";
		const lab = document.body.dataset.jpThemeLight === "false" ? "dark" : "light";
		const shown = (e) => e && e.getBoundingClientRect().width > 0;
		const charts = [...document.querySelectorAll(".jp-Notebook .lorabook-chart")].flatMap((chart) => {
			const picture = chart.querySelector("img"), title = chart.querySelector("svg text");
			if (shown(title)) return [tone(getComputedStyle(title).fill.match(/\d+/g).map(Number)) + " title"];
			if (!shown(picture) || !picture.complete) return [];
			const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
			pen.drawImage(picture, 0, 0);
			return [tone(pen.getImageData(1, 1, 1, 1).data) + " paper"];
		});
		const right = lab === "dark" ? ["light title", "dark paper"] : ["dark title", "light paper"];
		return { Lab: lab, Charts: charts, Wrong: charts.filter((c) => !right.includes(c)).length };
	})()`, &got)
	if got.Lab != theme || len(got.Charts) == 0 || got.Wrong > 0 {
		b.t.Errorf("%s, %s theme: %+v", what, theme, got)
	}
}

// scrollToChart scrolls through the notebook until a chart is visible: JupyterLab draws only
// visible cells.
func (b *tab) scrollToChart(what string) {
	b.t.Helper()
	for range 200 {
		var there bool
		b.run(`(() => {
			const chart = [...document.querySelectorAll(".jp-Notebook .lorabook-chart")].find((c) => c.querySelector("svg") || (c.querySelector("img") || {}).offsetWidth);
			if (chart) { chart.scrollIntoView({block: "center"}); return true; }
			const panel = document.querySelector(".jp-WindowedPanel-outer, .jp-Notebook");
			panel.scrollTop += 400;
			return false;
		})()`, &there)
		time.Sleep(200 * time.Millisecond)
		if there {
			return
		}
	}
	b.fail("%s", what)
}

// checkAnswered checks that the cell shows the predictions of both models for a typed review.
func checkAnswered(t *testing.T, cell *nbformat.Cell, review string) {
	t.Helper()
	var text strings.Builder
	for _, output := range cell.Outputs {
		text.WriteString(string(output.Text))
	}
	want := regexp.MustCompile(regexp.QuoteMeta(review) + `\n +untrained: (bad|good) 0\.\d\d +trained: good (0\.[5-9]\d|1\.00)`)
	if !want.MatchString(text.String()) {
		t.Errorf("to %q the notebook answered %q", review, text.String())
	}
}

// saveUntilRun saves the notebook every second until the file has the output of every cell:
// JupyterLab draws only visible cells, so that the page does not show which cells have run. If
// the kernel is idle for a minute while cells wait, saveUntilRun runs all cells once more and
// logs it: twice a notebook waited forever, for an unknown reason.
func (b *tab) saveUntilRun(server *labServer, path string) *nbformat.Notebook {
	b.t.Helper()
	var waiting []int // cells that have not run, from 1
	rested, again := time.Now(), false
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		b.press("s", true)
		notebook, err := nbformat.Read(path)
		if err != nil {
			continue // JupyterLab is writing it
		}
		waiting = waiting[:0]
		for i, cell := range notebook.Cells {
			if cell.Type == nbformat.Code && cell.ExecutionCount == nil {
				waiting = append(waiting, i+1)
			}
			for _, output := range cell.Outputs {
				if output.Type == nbformat.ErrorOutput {
					b.screenshot("failed")
					b.t.Fatalf("cell %d failed: %s", i+1, strings.Join(output.Traceback, "\n"))
				}
			}
		}
		if len(waiting) == 0 {
			return notebook
		}
		if !server.kernelWaits(b.t) {
			rested = time.Now()
		}
		if !again && time.Since(rested) > time.Minute {
			again = true
			b.t.Logf("the kernel rests, and the cells %v wait; the page is %+v", waiting, b.look())
			b.runAll()
		}
	}
	b.fail("the cells %v to run; the kernels are %+v, the page is %+v", waiting, server.kernels(b.t), b.look())
	return nil
}
