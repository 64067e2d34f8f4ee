package render

import (
	"path/filepath"
	"strings"
	"testing"
)

// mathOf renders Markdown and returns the page's main part with each formula replaced by
// its TeX: {inline:…} or {block:…}.
func mathOf(t *testing.T, source string) string {
	t.Helper()
	_, main := renderCells(t, false, markdownCell(source))
	root := holder(parseFragment(main, false))
	for _, math := range elements(root, "math") {
		tex, _ := attr(math, "alttext")
		kind := "inline"
		if display, _ := attr(math, "display"); display == "block" {
			kind = "block"
		}
		replace(math, textNode("{"+kind+":"+tex+"}"))
	}
	return textOf(root)
}

func TestMathIsFound(t *testing.T) {
	for source, want := range map[string]string{
		"a $x_1 * y_1$ b *c*":                    "a {inline:x_1 * y_1} b c",
		"costs $5 and $6":                        "costs $5 and $6",
		"a $ x$ b":                               "a $ x$ b",
		"a \\$x$ b":                              "a $x$ b",
		"a $x\\$y$ b":                            "",
		"`$x$` c":                                "$x$ c",
		"one $a +\nb$ two":                       "one {inline:a + b} two",
		"open $a and no more":                    "open $a and no more",
		"text $$x^2$$ in line":                   "text {block:x^2} in line",
		"$$x^2$$":                                "{block:x^2}",
		"text\n$$\nx_a\n+ y_b\n$$\nmore":         "text {block:x_a + y_b} more",
		"$$ a\n= b $$.":                          "{block:a = b} .",
		"$$ never closed\n\nand *text*":          "$$ never closed and text",
		"$$ price\n\nlater $$":                   "$$ price later $$",
		"\\begin{aligned} a &= b \\end{aligned}": "{block:\\begin{aligned} a &= b \\end{aligned}}",
		"\\begin{aligned}\na &= b_1 \\\\\n\\end{aligned} z": "{block:\\begin{aligned} a &= b_1 \\\\ \\end{aligned}} z",
		"> $$\n> x\n> $$":           "{block:x}",
		"| a |\n|---|\n| $x$ |":     "a {inline:x}",
		"- $$\n  x\n  $$\n- y":      "{block:x} y",
		"$\\undefinedcommand{x}$ y": "\\undefinedcommand{x} y",
		"$\\frac{1$ y":              "\\frac{1 y",
	} {
		got := strings.TrimSpace(strings.TrimPrefix(mathOf(t, source), "nb"))
		if want == "" {
			continue // only that it ends
		}
		if got != want {
			t.Errorf("%q gives %q, want %q", source, got, want)
		}
	}
}

func TestMathIsDrawn(t *testing.T) {
	dir := t.TempDir()
	path := notebook(t, filepath.Join(dir, "nb.ipynb"), markdownCell("$h = W_0 x + \\frac{\\alpha}{r} B A x$ $\\operatorname{softmax}(z)$ $\\log p$ $\\ln 2$ $\\nosuch{x}$"))
	site, printed := render(t, Options{Notebooks: []string{path}})
	page := read(t, filepath.Join(site, "nb.html"))
	has(t, page, "<msub><mi>W</mi><mn>0</mn></msub>", "<mfrac><mi>α</mi><mi>r</mi></mfrac>", "softmax",
		`log</mi><mspace width="0.1667em"></mspace><mi>p`, `ln</mi><mspace width="0.1667em"></mspace><mn>2`, `<code>\nosuch{x}</code>`)
	has(t, printed, `\\nosuch{x}`, "not supported")
	hasNot(t, page, "merror", "annotation")
	for range 5 { // the converter orders attributes at random; pages must not
		if _, printed := render(t, Options{Notebooks: []string{path}, Out: site}); !strings.Contains(printed, "nb.html is up to date") {
			t.Fatalf("the same notebook gave another page:\n%s", printed)
		}
	}
}
