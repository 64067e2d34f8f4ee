package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// TestLabHelps checks that Tab completes names of our packages and that Shift+Tab shows a
// function's signature and documentation. The kernel asks gopls for both.
func TestLabHelps(t *testing.T) {
	testenv.NeedsTime(t, "it opens notebooks in JupyterLab")
	machine := needLab(t)
	server := useLab(t, machine)
	notebook := &nbformat.Notebook{
		Metadata: map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
		Cells: []*nbformat.Cell{{Type: nbformat.Code, ID: "typing", Source: `import (
	"context"

	"github.com/lorabook/lorabook/pkg/classify"
)

%%
classify.Open(context.Background(), "", "", classify.Options{})
classify.OpenCl`}, {Type: nbformat.Code, ID: "other", Source: "%%"}},
	}
	if err := notebook.Write(filepath.Join(server.dir, "help.ipynb")); err != nil {
		t.Fatal(err)
	}
	tab := openTab(t, machine)
	defer tab.close()
	tab.open(server.url("help.ipynb"))
	tab.waitForKernel(server)

	shown := func(selector, want string) bool {
		var text string
		tab.run("[...document.querySelectorAll('"+selector+"')].map(e => e.textContent).join('\\n')", &text)
		return strings.Contains(text, want)
	}
	// gopls loads the packages for some seconds; the test asks again until it answers.
	ask := func(what, selector, want string, keys func()) {
		t.Helper()
		for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); {
			keys()
			for range 50 {
				if shown(selector, want) {
					return
				}
				time.Sleep(200 * time.Millisecond)
			}
			tab.press(kb.Escape, false)
		}
		tab.fail("%s: %q in %s", what, want, selector)
	}
	last := "[...document.querySelectorAll('.jp-Notebook .jp-CodeCell .cm-line')].filter(e => e.textContent.includes('OpenCl')).at(-1)"
	// JupyterLab inserts the only match of a late reply instead of listing it.
	ask("completion", ".jp-Completer-item, .jp-Notebook .cm-line", "OpenClassifiers", func() {
		tab.click(last)
		tab.press(kb.End, false)
		tab.press(kb.Tab, false)
	})
	tab.screenshot("completion")
	tab.press(kb.Escape, false)
	ask("documentation", ".jp-Tooltip", "opens a model by folder or hub name", func() {
		tab.click("[...document.querySelectorAll('.jp-Notebook .jp-CodeCell .cm-line')].find(e => e.textContent.includes('classify.Open('))")
		tab.press(kb.Home, false)
		for range len("classify.O") {
			tab.press(kb.ArrowRight, false)
		}
		if err := chromedp.Run(tab.ctx, chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(input.ModifierShift))); err != nil {
			t.Fatal(err)
		}
	})
	tab.screenshot("documentation")
}
