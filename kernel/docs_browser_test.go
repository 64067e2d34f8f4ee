package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	printer "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/lorabook/lorabook/internal/browsertest"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/render"
)

// axeEnv names the environment variable with the path of axe.min.js, axe-core's checks of
// accessibility.
const axeEnv = "LORABOOK_AXE"

// reader opens the committed pages in a browser, from files, and records requests to the
// network, exceptions and console messages as faults.
type reader struct {
	*tab
	dir string // URL of the folder of the pages

	mu     sync.Mutex
	faults []string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	program := browsertest.Need(t)
	dir, err := filepath.Abs(filepath.Join("..", "docs"))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{tab: openTab(t, labMachine{browser: program}), dir: "file://" + filepath.ToSlash(dir) + "/"}
	chromedp.ListenTarget(r.ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if url := e.Request.URL; !strings.HasPrefix(url, r.dir) && !strings.HasPrefix(url, "data:") {
				r.fault("asked for %.200s", url)
			}
		case *network.EventLoadingFailed:
			r.fault("a request failed: %s", e.ErrorText)
		case *runtime.EventExceptionThrown:
			r.fault("exception: %s", e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			r.fault("console.%s", e.Type)
		case *log.EventEntryAdded:
			r.fault("console: %s", e.Entry.Text)
		}
	})
	// The tests share a browser: the theme that another has chosen is forgotten.
	forget := storage.ClearDataForOrigin("file://", "local_storage")
	if err := chromedp.Run(r.ctx, network.Enable(), log.Enable(), forget); err != nil {
		t.Fatal(err)
	}
	return r
}

// end closes the browser and waits until it has written its profile. Tests defer it: their
// cleanup functions run after the end of their context, which kills the browser.
func (r *reader) end() { _ = chromedp.Cancel(r.ctx) }

func (r *reader) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// visit sets the window's width and the system's theme, and opens a page.
func (r *reader) visit(page, theme string, width int64) {
	r.t.Helper()
	err := chromedp.Run(r.ctx,
		emulation.SetDeviceMetricsOverride(width, 900, 1, width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}),
		chromedp.Navigate(r.dir+page))
	if err != nil {
		r.t.Fatalf("%s: %v", page, err)
	}
}

// yes checks a condition of the page, in JavaScript.
func (r *reader) yes(what, condition string) {
	r.t.Helper()
	var ok bool
	r.run("Boolean("+condition+")", &ok)
	if !ok {
		r.t.Errorf("%s: not so", what)
	}
}

// layout is a script that returns properties of the page shortly after it was loaded.
const layout = `new Promise(done => {
	let shift = 0;
	new PerformanceObserver(list => list.getEntries().forEach(e => shift += e.value)).observe({type: "layout-shift", buffered: true});
	const dark = getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).reduce((sum, c) => sum + +c, 0) < 384;
	const link = document.querySelector("#contents a");
	setTimeout(() => {
		const shown = [...document.querySelectorAll(".chart img")].filter(i => i.offsetWidth);
		done({
			Width: document.documentElement.scrollWidth,
			Shift: shift,
			Dark: dark,
			Open: !link || link.checkVisibility({contentVisibilityAuto: true}),
			Charts: document.querySelectorAll(".chart").length,
			Shown: shown.length,
			Pictures: shown.filter(i => i.className === (dark ? "on-dark" : "on-light") && i.alt && i.naturalWidth).length,
			Small: shown.filter(i => i.offsetWidth < i.naturalWidth / 2 * 0.955).length,
			Cut: [...document.querySelectorAll("main pre, main .scroll, main .math-display")].filter(e => e.offsetWidth &&
				e.checkVisibility({contentVisibilityAuto: true}) && e.scrollWidth > e.clientWidth + 1 &&
				!(e.dataset.more || "").match(/left|right/)).map(e => e.textContent.trim().slice(0, 40)),
			Scrolled: [...document.querySelectorAll(".ch-line")].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 40)),
		});
	}, 200);
})`

// TestDocsLayout opens every page, light and dark, in a narrow, a middle and a wide window.
func TestDocsLayout(t *testing.T) {
	testenv.NeedsTime(t, "it opens every page in a browser")
	r := newReader(t)
	defer r.end()
	axe := ""
	if path := os.Getenv(axeEnv); path != "" {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%s: %v", axeEnv, err)
		}
		axe = string(source)
	}
	for _, path := range docsPages(t, "..") {
		page, err := filepath.Rel(filepath.Join("..", render.DefaultOut), path)
		if err != nil {
			t.Fatal(err)
		}
		page = filepath.ToSlash(page)
		index := strings.HasSuffix(page, "index.html")
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 800, 1280} {
				if width == 800 && theme == "dark" {
					continue // the layout is that of the light page
				}
				name := fmt.Sprintf("%s-%s-%d", strings.ReplaceAll(strings.TrimSuffix(page, ".html"), "/", "-"), theme, width)
				r.visit(page, theme, width)
				var got struct {
					Width                   int64
					Shift                   float64
					Dark, Open              bool
					Charts, Shown, Pictures int
					Small                   int      // charts whose text is too small
					Cut, Scrolled           []string // without a mark that they go on; lines of code that do not wrap
				}
				r.await(layout, &got)
				if got.Width > width || got.Shift >= 0.02 {
					t.Errorf("%s: %d pixels wide, layout shift %g", name, got.Width, got.Shift)
				}
				if got.Dark != (theme == "dark") || got.Open != (width == 1280 || index) {
					t.Errorf("%s: dark is %v, the contents open: %v", name, got.Dark, got.Open)
				}
				if got.Shown != got.Charts || got.Pictures != got.Charts || got.Charts == 0 && !index {
					t.Errorf("%s: of %d charts %d pictures show, %d of them with words and of the theme", name, got.Charts, got.Shown, got.Pictures)
				}
				if got.Small > 0 || len(got.Cut) > 0 || len(got.Scrolled) > 0 {
					t.Errorf("%s: %d charts are too small; cut without a mark: %q; code that does not wrap: %q", name, got.Small, got.Cut, got.Scrolled)
				}
				if axe != "" {
					r.axe(name, axe)
				}
				r.wholePage(name)
			}
		}
	}
	for _, fault := range r.faults {
		t.Error(fault)
	}
	if axe == "" && !t.Failed() {
		t.Skipf("NOT TESTED with axe-core: %s names no axe.min.js; all else passed", axeEnv)
	}
}

// axe reports the violations that axe-core calls serious or critical.
func (r *reader) axe(name, source string) {
	r.t.Helper()
	r.run(source+"; undefined", nil)
	var found string
	r.await(`axe.run(document, {resultTypes: ["violations"]}).then(result => JSON.stringify(result.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => ({ID: v.id, Impact: v.impact, Nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.failureSummary)}))))`, &found)
	var violations []struct {
		ID, Impact string
		Nodes      []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		r.t.Fatal(err)
	}
	for _, v := range violations {
		r.t.Errorf("%s: axe-core, %s: %s: %q", name, v.Impact, v.ID, v.Nodes)
	}
}

// await runs a script that returns a promise and stores the promise's value in result.
func (r *reader) await(script string, result any) {
	r.t.Helper()
	wait := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	if err := chromedp.Run(r.ctx, chromedp.Evaluate(script, result, wait)); err != nil {
		r.t.Fatalf("in the browser: %v", err)
	}
}

// wholePage saves a screenshot of the page in the folder that LORABOOK_SCREENSHOTS names, if it
// is set.
func (r *reader) wholePage(name string) {
	r.t.Helper()
	dir := os.Getenv(screenshotsEnv)
	if dir == "" {
		return
	}
	var picture []byte
	if err := chromedp.Run(r.ctx, chromedp.FullScreenshot(&picture, 100)); err != nil {
		r.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// shownPictures is a script that reports whether the page shows pictures for this theme, light or
// dark, and none for the other. Each chart has one for a wide and one for a narrow page.
func shownPictures(theme string) string {
	shown := func(theme string) string {
		return `[...document.querySelectorAll(".on-` + theme + `")].some(picture => picture.offsetWidth > 0)`
	}
	other := map[string]string{"light": "dark", "dark": "light"}[theme]
	return shown(theme) + " && !" + shown(other)
}

// TestDocsUse searches a word, folds code, changes the theme and follows links.
func TestDocsUse(t *testing.T) {
	testenv.NeedsTime(t, "it opens every page in a browser")
	r := newReader(t)
	defer r.end()
	r.visit("index.html", "light", 360)
	r.click(`document.getElementById("find")`)
	r.press("McNemar", false)
	r.yes("the search finds a word", `document.querySelectorAll("#results li").length > 0 && document.getElementById("list").hidden &&
		document.querySelector("#results mark").textContent.toLowerCase() === "mcnemar" && /\d+ place/.test(document.getElementById("found").textContent)`)
	r.wholePage("search")
	r.click(`document.querySelector("#results a")`)
	r.waitUntil(`location.hash && document.querySelector(location.hash) && document.querySelector(location.hash).textContent.includes("McNemar")`)

	r.visit("index.html?q=zzzunheardof", "light", 360)
	r.yes("a word that is nowhere", `!document.querySelector("#results li") && document.getElementById("found").textContent.startsWith("Nothing")`)

	r.visit("01-baseline.html", "light", 1280)
	r.click(`document.getElementById("find")`)
	r.press("AdamW", false)
	r.press(kb.Enter, false)
	r.waitUntil(`location.pathname.endsWith("index.html") && document.querySelector('#results a[href^="03-training.html#"]')`)

	r.visit("03-training.html", "light", 360)
	r.yes("Go is coloured", `[..."k kd nf s".split(" ")].every(c => { const e = document.querySelector(".input .ch-" + c);
		return !e || getComputedStyle(e).color !== getComputedStyle(document.body).color }) && document.querySelector(".input .ch-kd")`)
	code := `document.querySelector("details.input pre")`
	r.yes("imports are folded", `!`+code+`.checkVisibility()`)
	r.click(`document.querySelector("details.input summary")`)
	r.yes("one cell unfolds", code+`.checkVisibility() && document.querySelectorAll("details.input[open]").length > 1`)
	r.click(`document.getElementById("fold")`)
	r.yes("all code folds", `!document.querySelector("details.input[open]") && document.querySelector(".outputs").offsetHeight > 0`)
	r.click(`document.getElementById("fold")`)
	r.yes("all code opens", `!document.querySelector("details.input:not([open])")`)
	r.click(`document.getElementById("theme")`)
	r.yes("the theme turns", `document.documentElement.dataset.theme === "dark" && `+shownPictures("dark")+` &&
		document.getElementById("theme").getAttribute("aria-pressed") === "true"`)
	// The next page may be read before the browser has stored the choice.
	r.run(`document.getElementById("theme").click(), document.getElementById("theme").click(), document.querySelector("footer [rel=next]").click()`, nil)
	r.waitUntil(`location.pathname.endsWith("04-before-after.html") && document.readyState === "complete"`)
	r.waitUntil(`document.documentElement.dataset.theme === "dark" && document.getElementById("theme").getAttribute("aria-pressed") === "true" && ` + shownPictures("dark"))
	r.yes("it says what it was computed from", `document.querySelectorAll("main > .origin b").length === 2`)
	for _, fault := range r.faults {
		t.Error(fault)
	}
}

// TestDocsPrint checks that a printed page is light and shows all code, and that no code is cut
// off, whatever the screen shows.
func TestDocsPrint(t *testing.T) {
	testenv.NeedsTime(t, "it opens every page in a browser")
	r := newReader(t)
	defer r.end()
	r.visit("04-before-after.html", "dark", 1280)
	r.click(`document.getElementById("fold")`)
	r.yes("the screen is dark, code is folded", shownPictures("dark")+` && !document.querySelector("details.input[open]")`)
	if err := chromedp.Run(r.ctx, emulation.SetEmulatedMedia().WithMedia("print"), emulation.SetDeviceMetricsOverride(700, 900, 1, false)); err != nil {
		t.Fatal(err)
	}
	r.yes("paper is light", shownPictures("light"))
	r.yes("what is for the screen is left out", `[..."header,footer,#contents".split(",")].every(s => !document.querySelector(s)?.offsetHeight)`)
	var cut []string
	r.run(`[...document.querySelectorAll("pre:not(.chart pre)")].filter(p => !p.offsetHeight || p.scrollWidth > p.clientWidth || p.scrollHeight > p.clientHeight).map(p =>
		p.textContent.slice(0, 40) + [p.offsetHeight, p.scrollWidth, p.clientWidth, p.scrollHeight, p.clientHeight].join(" "))`, &cut)
	for _, code := range cut {
		t.Errorf("on paper code is hidden or cut off: %s", code)
	}
	r.yes("no picture is wider than the paper", `[...document.querySelectorAll("main img")].every(i => i.getBoundingClientRect().right <= innerWidth)`)
	var pdf []byte
	err := chromedp.Run(r.ctx, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = printer.PrintToPDF().Do(ctx)
		return err
	}))
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("the PDF: %v, %.10q", err, pdf)
	}
	for _, fault := range r.faults {
		t.Error(fault)
	}
}

// waitUntil waits for a condition of the page. Navigation does not end the wait.
func (r *reader) waitUntil(condition string) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var ok bool
		err := chromedp.Run(r.ctx, chromedp.Evaluate("Boolean("+condition+")", &ok))
		if ok {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("waited in vain for %s: %v", condition, err)
		}
	}
}
