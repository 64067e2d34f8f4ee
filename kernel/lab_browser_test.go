package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/lorabook/lorabook/internal/browsertest"
)

// screenshotsEnv names the environment variable with a folder for screenshots.
const screenshotsEnv = "LORABOOK_SCREENSHOTS"

//go:embed testdata/lab/look.js
var lookScript string

// page is the state of JupyterLab's page, which look.js collects.
type page struct {
	Kernel string // idle, busy, unknown, ...; says idle before there is one, too
	Trust  string // "Notebook trusted: ..." or "Notebook not trusted: ..."
	Dirty  bool   // there is something to save
	Dialog string // the words of a dialog that asks for an answer
	Cells  []cell // the code cells
	Chart  struct {
		Content string // what is shown, to be compared
		Points  int    // of the interactive chart's data
		Drawing bool   // the interactive chart is visible
		Picture bool   // the static picture is visible
	}
}

// cell is a code cell.
type cell struct {
	Prompt string // "[ ]:", "[*]:", "[3]:"
	Folded bool   // its source is hidden, and with it the prompt
	Charts int
	Error  string // its error output
	Stderr string
}

var ranPrompt = regexp.MustCompile(`^\[\d+\]:$`)

// ran reports whether the cell has run. A folded cell shows no prompt; the cells below it run
// after it.
func (c cell) ran() bool     { return c.Folded || ranPrompt.MatchString(c.Prompt) }
func (c cell) running() bool { return c.Prompt == "[*]:" }

func (p page) charts() int {
	n := 0
	for _, c := range p.Cells {
		n += c.Charts
	}
	return n
}

// sharedBrowser is the browser of all pages.
var sharedBrowser browsertest.Browser

// tab is a page in the shared browser.
type tab struct {
	t     *testing.T
	ctx   context.Context
	close context.CancelFunc

	mu       sync.Mutex
	problems []string
}

func openTab(t *testing.T, machine labMachine) *tab {
	t.Helper()
	ctx, end := sharedBrowser.Tab(t, machine.browser, chromedp.WindowSize(1200, 1900))
	b := &tab{t: t, ctx: ctx, close: end}
	chromedp.ListenTarget(ctx, func(event any) {
		if call, ok := event.(*runtime.EventConsoleAPICalled); ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			var words []string
			for _, argument := range call.Args {
				words = append(words, string(argument.Value), argument.Description)
			}
			b.problems = append(b.problems, strings.Join(words, " "))
		}
	})
	return b
}

// chartProblems returns the messages of our scripts in the browser's console.
func (b *tab) chartProblems() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, p := range b.problems {
		if strings.Contains(p, "lorabook") {
			out = append(out, "the browser's console: "+p)
		}
	}
	return out
}

func (b *tab) open(url string) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, chromedp.Navigate(url)); err != nil {
		b.t.Fatalf("open %s: %v", url, err)
	}
}

// run runs a script in the page and stores its value in result, if not nil.
func (b *tab) run(script string, result any) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, chromedp.Evaluate(script, result)); err != nil {
		b.t.Fatalf("in the browser: %v", err)
	}
}

func (b *tab) look() page {
	b.t.Helper()
	var p page
	b.run(lookScript, &p)
	return p
}

// waitFor waits until wanted returns true for the page, and returns the page.
func (b *tab) waitFor(what string, limit time.Duration, wanted func(page) bool) page {
	b.t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
		p := b.look()
		if wanted(p) {
			return p
		}
		if p.Dialog != "" || time.Now().After(deadline) {
			p.Chart.Content = fmt.Sprintf("%d bytes", len(p.Chart.Content))
			b.fail("%s; the page is %+v", what, p)
		}
	}
}

// waitForKernel waits until the notebook is open and its kernel is idle. The page shows GoNB's
// state as unknown until the first cell runs.
func (b *tab) waitForKernel(server *labServer) {
	b.t.Helper()
	b.waitFor("the kernel to start", 3*time.Minute, func(p page) bool { return len(p.Cells) > 1 && server.kernelWaits(b.t) })
}

// showChart scrolls to the chart.
func (b *tab) showChart() {
	b.t.Helper()
	b.run("document.querySelector('.jp-Notebook .lorabook-chart').scrollIntoView({block: 'center'})", nil)
}

// fail takes a screenshot and ends the test.
func (b *tab) fail(format string, args ...any) {
	b.t.Helper()
	b.screenshot("failed")
	b.t.Fatalf("waited in vain for "+format, args...)
}

// menu opens a menu of the menu bar and chooses the entry of a command.
func (b *tab) menu(name, command string) {
	b.t.Helper()
	b.click(fmt.Sprintf("[...document.querySelectorAll('.lm-MenuBar-item')].find(item => item.textContent === %q)", name))
	b.click(fmt.Sprintf("document.querySelector('.lm-Menu-item[data-command=%q]')", command))
}

// runAll chooses Run All Cells, and once more if no cell runs, because the menu had moved away
// from the mouse, or JupyterLab was not ready.
func (b *tab) runAll() {
	b.t.Helper()
	for range 3 {
		b.menu("Run", "runmenu:run-all")
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
			// A kernel that is busy may answer JupyterLab's own requests, and a folded cell has no prompt.
			if slices.ContainsFunc(b.look().Cells, func(c cell) bool { return c.running() || ranPrompt.MatchString(c.Prompt) }) {
				return
			}
		}
		b.screenshot("nothing-runs")
		b.t.Logf("Run All Cells was chosen and nothing runs; the page is %+v", b.look())
	}
	b.fail("a cell to run")
}

// click waits for the element that a script's expression returns, scrolls to it if it is outside the
// window, and clicks on it with the mouse.
func (b *tab) click(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		var at []float64
		b.run(`(() => {
			const e = `+expression+`;
			if (!e) return [];
			const place = () => { const r = e.getBoundingClientRect(); return r.width ? [r.x + r.width / 2, r.y + r.height / 2] : [] };
			const at = place();
			if (at.length && (at[1] < 0 || at[1] > innerHeight)) e.scrollIntoView({behavior: "instant", block: "center"});
			return place() })()`, &at)
		if len(at) == 2 {
			if err := chromedp.Run(b.ctx, chromedp.MouseEvent(input.MouseMoved, at[0], at[1]), chromedp.MouseClickXY(at[0], at[1])); err != nil {
				b.t.Fatalf("click: %v", err)
			}
			return
		}
		if time.Now().After(deadline) {
			b.fail("something to click on: %s", expression)
		}
	}
}

// press presses a key, with or without the control key.
func (b *tab) press(key string, control bool) {
	b.t.Helper()
	var options []chromedp.KeyOption
	if control {
		options = append(options, chromedp.KeyModifiers(input.ModifierCtrl))
	}
	if err := chromedp.Run(b.ctx, chromedp.KeyEvent(key, options...)); err != nil {
		b.t.Fatalf("press %s: %v", key, err)
	}
}

// answer waits for a cell's input box, types a line into it and presses Enter.
func (b *tab) answer(line string) {
	b.t.Helper()
	const box = "document.querySelector('.jp-Notebook .jp-Stdin-input')"
	for deadline := time.Now().Add(4 * time.Minute); ; time.Sleep(300 * time.Millisecond) {
		var asks bool
		if b.run(box+" !== null", &asks); asks {
			break
		}
		if time.Now().After(deadline) {
			b.fail("a box to type %q into; the page is %+v", line, b.look())
		}
	}
	b.click(box)
	for _, key := range []string{line, kb.Enter} {
		if key != "" {
			b.press(key, false)
		}
	}
	var still bool // the box becomes plain text once it is answered
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		b.run(box+" !== null && "+box+".value === "+strconv.Quote(line), &still)
		if !still {
			return
		}
		if time.Now().After(deadline) {
			b.fail("the box to take %q", line)
		}
	}
}

// screenshot saves a screenshot in the folder that LORABOOK_SCREENSHOTS names, if it is set.
func (b *tab) screenshot(name string) {
	b.t.Helper()
	dir := os.Getenv(screenshotsEnv)
	if dir == "" {
		return
	}
	var picture []byte
	if err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot(&picture)); err != nil {
		b.t.Errorf("screenshot: %v", err)
		return
	}
	name = filepath.Base(b.t.Name()) + "-" + name + ".png"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Error(err)
	} else if err := os.WriteFile(filepath.Join(dir, name), picture, 0o644); err != nil {
		b.t.Error(err)
	}
}
