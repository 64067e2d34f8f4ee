package chart

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/lorabook/lorabook/internal/browsertest"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/chart/echarts"
	"github.com/lorabook/lorabook/pkg/chart/internal/reliability"
	"github.com/lorabook/lorabook/pkg/chart/internal/roc"
)

// browser starts a headless Chromium without a network, or skips. dom opens a page in a new
// tab and returns its elements, after its scripts have run for five seconds of the page's own
// time, as HTML.
func browser(t *testing.T) (dom func(page string) string) {
	t.Helper()
	testenv.NeedsTime(t, "charts are drawn in a browser")
	first, end := browsertest.Start(t, browsertest.Need(t), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.WindowSize(1000, 800))
	t.Cleanup(end)
	if err := chromedp.Run(first); err != nil { // starts the browser
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	return func(page string) (html string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		tab, closeTab := chromedp.NewContext(first)
		defer closeTab()
		tab, cancel := context.WithTimeout(tab, time.Minute)
		defer cancel()
		over := make(chan struct{})
		chromedp.ListenTarget(tab, func(event any) {
			if _, ok := event.(*emulation.EventVirtualTimeBudgetExpired); ok {
				close(over)
			}
		})
		err := chromedp.Run(tab,
			chromedp.Navigate("file://"+file),
			chromedp.ActionFunc(func(ctx context.Context) error {
				policy := emulation.SetVirtualTimePolicy(emulation.VirtualTimePolicyPauseIfNetworkFetchesPending)
				if _, err := policy.WithBudget(5000).Do(ctx); err != nil {
					return err
				}
				select {
				case <-over:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}),
			chromedp.Evaluate("document.documentElement.outerHTML", &html))
		if err != nil {
			t.Fatalf("in the browser: %v", err)
		}
		return html
	}
}

// realLibrary returns ECharts itself, or skips.
func realLibrary(t *testing.T) []byte {
	t.Helper()
	library, err := echarts.Library()
	if err != nil {
		t.Skipf("NOT TESTED with ECharts: %v", err)
	}
	return library
}

// drawnTexts returns the words of ECharts' SVG in a page.
func drawnTexts(page string) string {
	var out []string
	for _, m := range regexp.MustCompile(`(?s)<text [^>]*>(.*?)</text>`).FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return strings.Join(out, "\n")
}

// All kinds in one page with the library: each must be drawn with its
// words, and its picture hidden.
func TestInteractiveInBrowser(t *testing.T) {
	dom := browser(t)
	library := realLibrary(t)
	var body strings.Builder
	// A page with RequireJS: the library must not register as its module.
	body.WriteString(`<script>window.define=function(){document.title="went to define"};window.define.amd={};</script>`)
	charts := samples(t)
	names := []string{"curves", "bars", "confusion", "reliability", "histogram", "matrices", "words", "lying bars", "large confusion", "roc", "scatter"}
	for i, name := range names {
		html, err := charts[name].HTML()
		if err != nil {
			t.Fatal(err)
		}
		if name == "reliability" {
			html = `<div style="width:145px">` + html + `</div>`
		}
		body.WriteString(html)
		if i == 1 { // two charts wait for the library, the rest find it
			body.WriteString(libraryScript(library))
		}
	}
	page := dom(body.String())
	if strings.Contains(page, "<title>went to define") {
		t.Error("the library registered as a RequireJS module")
	}
	if n := strings.Count(page, `data-drawn="true"`); n != len(names) {
		t.Fatalf("%d of %d charts were drawn", n, len(names))
	}
	if n := strings.Count(page, "display: none"); n != len(names) {
		t.Errorf("%d of %d pictures were hidden", n, len(names))
	}
	if n := strings.Count(page, "transform: scale(0.5)"); n != 1 {
		t.Errorf("%d charts shrank, expected the one in a box of half the narrowest layout", n)
	}
	words := drawnTexts(page)
	for name, want := range map[string][]string{
		"curves":          {"validation 0.25", "accuracy 86.6", "per cent"},
		"bars":            {"86.6", "84.5 to 88.7", "89.0", "F1"},
		"confusion":       {"468", "94 %", "1,436", "predicted", "true"},
		"reliability":     {reliability.Perfect, "confidence"},
		"histogram":       {"tokens", "reviews", "a long name at the right rim"},
		"lying bars":      {"before", "50.0", "47.0 to 52.5", "class 8", "…red", "…green"},
		"large confusion": {"negative", "class 18", "predicted"},
		"roc":             {"after (AUC 0.910)", roc.Chance, "false positive rate", "0.6"},
		"scatter":         {"after", "value", "4.0"},
		"matrices":        {"192 x 8", "1,536 numbers, all 0", "the strongest block"},
		"words":           {"lovely", "towards negative", "another", "$&amp;", "up to 0.42"},
	} {
		for _, w := range want {
			if !strings.Contains(words, w) {
				t.Errorf("%s: the drawing does not write %q; it writes\n%s", name, w, words)
			}
		}
	}
	if m := regexp.MustCompile(`\d\.\d{7,}`).FindString(words); m != "" {
		t.Errorf("a number is written as %s", m)
	}
	if strings.Contains(page, `<b>`) || strings.Contains(page, "alert(&quot;x&quot;)</script>") {
		t.Error("text of a label became markup")
	}
}

// Without the library, and without scripts at all, the picture must stay.
func TestStaticInBrowser(t *testing.T) {
	dom := browser(t)
	html, err := samples(t)["reliability"].HTML()
	if err != nil {
		t.Fatal(err)
	}
	library := libraryScript(realLibrary(t))
	noScripts := `<meta http-equiv="Content-Security-Policy" content="script-src 'none'">`
	for name, head := range map[string]string{"no library": "", "no scripts": noScripts + library} {
		page := dom(head + html)
		if strings.Contains(page, `data-drawn="true"`) || strings.Contains(page, "display: none") || !strings.Contains(page, `<img src="data:image/png`) {
			t.Errorf("%s: the picture did not stay", name)
		}
	}
	// So that the test can fail: with both, the picture goes.
	if page := dom(library + html); !strings.Contains(page, `data-drawn="true"`) || !strings.Contains(page, "display: none") {
		t.Error("with library and scripts the picture stayed")
	}
}

// A page like a notebook's: outputs are set as innerHTML and their scripts
// made anew, and each update replaces the output's content.
const notebookPage = `<!DOCTYPE html><body><div id="cells"></div><script>
function show(id, html) {
  var out = document.getElementById(id);
  if (!out) { out = document.createElement("div"); out.id = id; document.getElementById("cells").appendChild(out); }
  out.innerHTML = html;
  Array.from(out.getElementsByTagName("script")).forEach(function (old) {
    var script = document.createElement("script");
    script.textContent = old.textContent;
    old.parentNode.replaceChild(script, old);
  });
}
var redrawn = 0;
%s
</script></body>`

func TestLiveInBrowser(t *testing.T) {
	dom := browser(t)
	realLibrary(t)
	screen := &fakeScreen{notify: make(chan struct{}, 1)}
	s := newFakeSession(screen)
	clock := newHandClock()
	l, err := newLive(&s.session, clock.after, Labels{Title: "Training", X: "step"}, liveSeries)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 5; i++ {
		if err := l.Add(float64(i), "training loss", 1/float64(i)); err != nil {
			t.Fatal(err)
		}
		<-clock.rests
		if i < 5 {
			clock.over <- time.Time{}
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// A second chart of the same program finds the library in the page.
	if err := s.show(samples(t)["confusion"]); err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	outputs := make(map[string]bool)
	for _, m := range screen.all() {
		html, err := json.Marshal(m.html()) // escapes </script>, as the page needs
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&script, "show(%q,%s);\n", m.id, html)
		outputs[m.id] = true
		if len(outputs) == 1 && strings.Contains(m.html(), "<script") { // not the line before the first point
			script.WriteString("if(!window.first)window.first=document.querySelector('svg');redrawn+=(document.querySelector('svg')!==window.first||document.querySelectorAll('svg').length!==1);\n")
		}
	}
	if len(outputs) != 2 {
		t.Fatalf("%d outputs, want 2", len(outputs))
	}
	script.WriteString("document.title='redrawn '+redrawn+', charts '+document.querySelectorAll('svg').length;document.querySelector('body>script').remove();")
	page := dom(fmt.Sprintf(notebookPage, script.String()))
	if !strings.Contains(page, "<title>redrawn 0, charts 2</title>") {
		t.Errorf("the growing chart did not stay one drawing that moves along: %s", regexp.MustCompile(`<title>.*</title>`).FindString(page))
	}
	if !strings.Contains(drawnTexts(page), "training loss 0.2") {
		t.Errorf("the last value is not in the drawing: %s", drawnTexts(page))
	}
	if strings.Contains(page, "Licensed to the Apache Software Foundation") {
		t.Error("the library stayed in the page's outputs, so a saved notebook would carry it")
	}
}

// On a dark page the words must be light.
func TestDarkPageInBrowser(t *testing.T) {
	dom := browser(t)
	library := realLibrary(t)
	html, err := samples(t)["bars"].HTML()
	if err != nil {
		t.Fatal(err)
	}
	for background, want := range map[string]string{"#111111": "#E6E6E6", "#ffffff": "#222222"} {
		page := dom(`<body style="background:` + background + `">` + libraryScript(library) + html)
		title := regexp.MustCompile(`<text [^>]*>Title`).FindString(page)
		if !strings.Contains(strings.ToUpper(title), "FILL=\""+want+"\"") {
			t.Errorf("on %s the title is drawn as %s, want %s", background, title, want)
		}
	}
}

// Where there is no library the picture that stays is the dark chart's on a dark
// page, to the byte, and the light one's on a light page, also when the page turns.
func TestDarkPictureInBrowser(t *testing.T) {
	dom := browser(t)
	for name, c := range samples(t) {
		html, err := c.HTML()
		if err != nil {
			t.Fatal(err)
		}
		darkHTML, err := c.Dark().HTML()
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{}
		for dark, chart := range map[bool]Chart{false: c, true: c.Dark()} {
			png, err := chart.PNG()
			if err != nil {
				t.Fatal(err)
			}
			want[dark] = `src="data:image/png;base64,` + base64.StdEncoding.EncodeToString(png) + `"`
		}
		turn := `<script>setTimeout(function(){document.body.style.background="%s"},200)</script>`
		for _, page := range []struct {
			body string
			dark bool
		}{
			{`<body style="background:#111111">` + html, true},
			{`<body style="background:#ffffff">` + html, false},
			{`<body style="background:#ffffff">` + html + fmt.Sprintf(turn, "#111111"), true},
			{`<body style="background:#111111">` + html + fmt.Sprintf(turn, "#ffffff"), false},
			{`<body style="background:#111111">` + darkHTML, true},
			{`<body style="background:#ffffff">` + darkHTML, true},
		} {
			if got := dom(page.body); !strings.Contains(got, want[page.dark]) || strings.Contains(got, want[!page.dark]) {
				t.Errorf("%s: %.40s...: the picture is not the one for it, dark: %t", name, page.body, page.dark)
			}
		}
	}
}

// With the focus on a chart, arrow keys walk through its numbers.
func TestKeyboardInBrowser(t *testing.T) {
	dom := browser(t)
	library := libraryScript(realLibrary(t))
	for name, want := range map[string]string{"bars": "F1: 35.2", "lying bars": "class 1", "large confusion": "of true", "roc": "0.5", "scatter": "0.5 at 2", "curves": "validation", "confusion": "468 of true negative", "histogram": "from", "reliability": "right at confidence", "matrices": "rows 1 to 4 columns 5 to 8", "words": "-: +0.1 towards", "parallel": "modules: value accuracy", "heat map": "(done) rate", "trial curves": "0.4375 at 2 trial"} {
		html, err := samples(t)[name].HTML()
		if err != nil {
			t.Fatal(err)
		}
		page := dom(library + html + `<script>
var frame = document.querySelector(".lorabook-chart [tabindex='0'][role=img]"), said = [];
frame.focus();
setTimeout(function () {
  ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"].forEach(function (key) {
    frame.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true, cancelable: true }));
    said.push(frame.innerText.replace(/\s+/g, " "));
  });
  var text = (document.activeElement === frame) + frame.getAttribute("aria-label").slice(0, 5) + said.join("|");
  document.body.innerHTML = "<main></main>";
  document.querySelector("main").textContent = text;
}, 500);
</script>`)
		_, words, _ := strings.Cut(page, "<main>")
		if !strings.HasPrefix(words, "trueTitle") || !strings.Contains(words, want) {
			t.Errorf("%s: the keys brought no %q: %.600s", name, want, words)
		}
	}
}
