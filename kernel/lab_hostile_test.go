package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	pages "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// hostileRan is the function of the page that hostile texts call with their place.
const hostileRan = "lorabookHostileRan"

// hostileForms are texts that call a function if a page, a script or an attribute takes them in as they
// are. Each has its place, a word, as PLACE.
var hostileForms = []string{
	"<img src=data:x onerror=RAN(`PLACE`)>",
	`"'></script></style></textarea></title><script>RAN("PLACE")</script><svg onload=RAN(1)>`,
	"\" onmouseover=\"RAN(`PLACE`)\" autofocus onfocus=\"RAN(`1`)\" tabindex=1 x=\"",
	"';RAN('PLACE');'${RAN('1')}\\u003cimg src=data:x onerror=RAN(1)\\u003e",
	"]]>--><svg><script>RAN('PLACE')</script></svg>&lt;img src=data:x onerror=RAN(`1`)&gt;",
	"<iframe srcdoc=\"<script>parent.RAN('PLACE')</script>\"></iframe>{{constructor.constructor('RAN(1)')()}}",
}

// hostile returns a hostile text that names its place, in one of the forms.
func hostile(form int, place string) string {
	return strings.NewReplacer("RAN", hostileRan, "PLACE", place).Replace(hostileForms[form%len(hostileForms)])
}

// allHostile returns a text with every form.
func allHostile(place string) string {
	var all []string
	for form := range hostileForms {
		all = append(all, hostile(form, place))
	}
	return strings.Join(all, " ")
}

// hostileData makes a folder of examples whose ids, texts, labels and further columns are hostile, and
// whose own name is, too. It returns the folder and the classes.
func hostileData(t *testing.T) (dir string, classes []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), hostile(0, "folder"))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	classes = []string{hostile(0, "class"), hostile(1, "class")}
	for half, n := range map[string]int{"train": 60, "test": 30} {
		var lines strings.Builder
		for i := range n {
			row := map[string]string{
				"id": fmt.Sprintf("%s %s %d", hostile(i/2, "id"), half, i), "label": classes[i%2], hostile(2, "column"): hostile(i, "value"),
				"text": strings.Repeat([]string{"a b ", "k k "}[i%2], 1+i%3) + fmt.Sprintf("%s %d %s", hostile(i/2, "text"), i, half),
			}
			if err := json.NewEncoder(&lines).Encode(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, half+".jsonl"), []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, classes
}

// hostileCells are the cells of a notebook that shows hostile texts in every kind of chart and
// table. The first lines of the second declare model, data, root, class and text.
func hostileCells(values map[string]string) []string {
	var declared strings.Builder
	for _, name := range []string{"model", "data", "root", "class", "text"} {
		fmt.Fprintf(&declared, "const %s = %s\n", name, strconv.Quote(values[name]))
	}
	return []string{`import (
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/controls"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/show"
	"github.com/lorabook/lorabook/pkg/table"
)`, declared.String() + `
var settings = notebook.Settings{Model: model, Data: data, Train: 40, Validation: 20, Test: 30, MaxLength: 20, Epochs: 1, Rank: 2, Targets: "query,value", Text: "text", Label: "label"}`, `%%
ctx := notebook.Context()
e := show.Experiment(settings)
curves := notebook.Must(show.NewCurves(e))
r := show.Open(filepath.Join(root, "run"), e, curves.Add)
show.Display(curves.Finish(r.Train(ctx)))
trained := notebook.Must(classify.Open(ctx, "", r.Folder.Dir(), classify.Options{MaxLength: 20}))
texts, labels := notebook.Must(show.Flipped(ctx, r)), notebook.Must(r.Labels(ctx))
show.Display(show.Words(ctx, trained, text, labels, class, append(texts, show.Text{Name: text, Text: "a k " + text})...))
show.Display(show.Split(ctx, r))
show.Display(show.Lengths(ctx, r))
show.Display(show.Comparison(ctx, r))
show.Display(show.Predictions(ctx, r))
show.Display(show.Ranking(ctx, r, class))
show.Display(show.Threshold(ctx, r, class))
show.Display(show.ByLength(ctx, r))
show.Display(show.Calibration(ctx, r))
show.Display(show.Flips(ctx, r))
show.Display(show.Demonstration(ctx, r, trained))
show.Display(show.TrainedFiles(r))
show.Display(show.RunsBeside(r))
fmt.Println(text)
report := show.YourData(settings)
show.Display(report.Columns(ctx))
show.Display(report.Examples(ctx))
show.Display(report.Answers(ctx))
show.Display(report.Lengths(ctx))
show.Display(report.Unknown(ctx))
show.Display(report.Duplicates(ctx))
show.Display(report.Parameters(ctx))
notebook.Check(controls.Show(report.Controls(ctx)))
show.Display(show.Table(text, []struct{ Name, Other string }{{text, class}}))
slider := &table.Slider{Label: text, Start: 0}
for i, name := range []string{text, class} {
	shares := table.New(text, table.Column{Name: text}, table.Column{Name: class, Unit: text})
	shares.Add(text, float64(i))
	slider.Tables, slider.Positions = append(slider.Tables, shares), append(slider.Positions, name)
}
notebook.Check(table.ShowSlider(slider))
bars := notebook.Must(chart.Bars(chart.Labels{Title: text, Takeaway: text, X: text, Y: text}, []string{text, class}, chart.BarSeries{Name: text, Values: []float64{1, 2}}))
notebook.Check(chart.Show(bars))`}
}

// hostileWatch collects what hostile texts did to a page: calls of hostileRan in any frame, and dialogs.
type hostileWatch struct {
	mu   sync.Mutex
	seen []string
}

func watchHostile(b *tab) *hostileWatch {
	b.t.Helper()
	w := new(hostileWatch)
	chromedp.ListenTarget(b.ctx, func(event any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventBindingCalled:
			if e.Name == hostileRan {
				w.seen = append(w.seen, e.Payload)
			}
		case *pages.EventJavascriptDialogOpening:
			w.seen = append(w.seen, "dialog "+e.Message)
			go func() { _ = chromedp.Run(b.ctx, pages.HandleJavaScriptDialog(true)) }()
		}
	})
	if err := chromedp.Run(b.ctx, runtime.AddBinding(hostileRan)); err != nil {
		b.t.Fatal(err)
	}
	return w
}

func (w *hostileWatch) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

// check reports every script that ran. At its end it runs some itself, so that a watch that sees none
// fails.
func (w *hostileWatch) check(b *tab, when string) {
	b.t.Helper()
	if seen := w.all(); len(seen) > 0 {
		b.t.Errorf("%s, hostile texts ran in %q", when, seen)
	}
	for form := range 2 {
		place := fmt.Sprintf("control%d", form)
		b.run("document.body.append(document.createRange().createContextualFragment("+strconv.Quote(hostile(form, place))+"))", nil)
		for deadline := time.Now().Add(20 * time.Second); !slices.Contains(w.all(), place); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				b.fail("%s, the script %q of the test itself; seen: %q", when, place, w.all())
			}
		}
	}
}

// hostileTour scrolls to every chart and table, points at a grid of places in each chart, which shows
// tooltips, moves sliders, and sorts tables. It returns what was seen.
const hostileTour = `(async () => {
	const found = {Charts: 0, Tables: 0, Tooltips: 0, Hostile: 0, Elements: 0};
	const pause = (ms) => new Promise((done) => setTimeout(done, ms));
	for (const cell of document.querySelectorAll(".jp-Notebook .jp-Cell")) { cell.scrollIntoView(); await pause(100); }
	const notebook = document.querySelector(".jp-Notebook"), said = new Set();
	for (const chart of notebook.querySelectorAll(".lorabook-chart")) {
		chart.scrollIntoView({block: "center"});
		await pause(50);
		found.Charts++;
		const svg = chart.querySelector("svg");
		if (!svg) continue;
		const box = svg.getBoundingClientRect(), frame = svg.parentNode;
		const before = chart.innerText;
		for (let y = 1; y < 12; y++) for (let x = 1; x < 24; x++) {
			frame.dispatchEvent(new MouseEvent("mousemove", {clientX: box.left + box.width * x / 24, clientY: box.top + box.height * y / 12, bubbles: true}));
			if (chart.innerText !== before) said.add(chart.innerText);
		}
	}
	found.Tooltips = said.size;
	found.Hostile = [...said].filter((s) => s.includes("` + hostileRan + `")).length;
	for (const table of notebook.querySelectorAll(".lorabook-table table")) {
		found.Tables++;
		for (const button of table.querySelectorAll("th button")) button.click();
	}
	for (const range of notebook.querySelectorAll("input[type=range]")) {
		for (const value of [range.max, range.min]) { range.value = value; range.dispatchEvent(new Event("input", {bubbles: true})); range.dispatchEvent(new Event("change", {bubbles: true})); }
	}
	for (const e of notebook.querySelectorAll("*")) for (const a of e.attributes) if (a.name.startsWith("on") && a.value.includes("` + hostileRan + `")) found.Elements++;
	await pause(500);
	return found;
})()`

// hostileSeen is the result of hostileTour.
type hostileSeen struct {
	Charts, Tables int
	Tooltips       int // different tooltips
	Hostile        int // of them those with a hostile text
	Elements       int // elements with a hostile handler
}

func (b *tab) tour() (s hostileSeen) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, chromedp.Evaluate(hostileTour, &s, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) })); err != nil {
		b.t.Fatalf("in the browser: %v", err)
	}
	return s
}

// TestLabHostileTexts: scripts in texts, labels, ids, names of columns, folders and models, titles and
// the notebook's metadata do not run in JupyterLab: neither in live charts with their tooltips and in
// tables, nor in the saved notebook when it is opened again, trusted or not.
func TestLabHostileTexts(t *testing.T) {
	testenv.NeedsTime(t, "it opens notebooks in JupyterLab")
	machine := needLab(t)
	server := useLab(t, machine)
	dataDir, classes := hostileData(t)
	root := filepath.Join(t.TempDir(), hostile(0, "runs"))
	model := filepath.Join(t.TempDir(), hostile(0, "model"))
	if err := os.Rename(toyModel(t), model); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(server.dir, "hostile.ipynb")
	writeCells(t, path, hostileCells(map[string]string{"model": model, "data": dataDir, "root": root, "class": classes[1], "text": allHostile("title")})...)
	notebook, err := nbformat.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	notebook.Metadata["title"], notebook.Metadata["authors"] = hostile(0, "title"), []any{map[string]any{"name": hostile(1, "author")}}
	notebook.Cells[0].Metadata["name"] = hostile(0, "cell")
	if err := notebook.Write(path); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if notebook, err := nbformat.Read(path); err == nil && t.Failed() {
			for i, cell := range notebook.Cells {
				for _, output := range cell.Outputs {
					if output.Type == nbformat.Stream && output.Name == "stderr" {
						t.Logf("cell %d wrote to its error stream: %s", i+1, output.Text)
					}
				}
			}
		}
	}()
	tab := openTab(t, machine)
	watch := watchHostile(tab)
	tab.open(server.url("hostile.ipynb"))
	tab.waitForKernel(server)
	tab.runAll()
	saved := tab.saveUntilRun(server, path)
	live := tab.tour()
	tab.screenshot("live")
	t.Logf("live: %+v", live)
	if live.Charts < 10 || live.Tables < 10 || live.Tooltips < 20 || live.Hostile < 5 || live.Elements > 0 {
		t.Errorf("the live notebook has %+v", live)
	}
	watch.check(tab, "in the live notebook")
	tab.close()

	saved.Metadata["from"] = "afar" // a notebook with other bytes is not trusted
	if err := saved.Write(filepath.Join(server.dir, "stranger.ipynb")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hostile", "stranger"} {
		tab := openTab(t, machine)
		watch := watchHostile(tab)
		tab.open(server.url(name + ".ipynb"))
		tab.waitFor("the cells of "+name, 2*time.Minute, func(p page) bool { return p.charts() > 0 })
		seen := tab.tour()
		t.Logf("%s: %+v", name, seen)
		if seen.Charts != live.Charts || seen.Tables != live.Tables || seen.Elements > 0 {
			t.Errorf("%s, opened again, has %+v, expected the charts and tables of %+v", name, seen, live)
		}
		watch.check(tab, name+", opened again")
		tab.close()
	}
}
