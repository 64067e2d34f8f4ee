package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// pngDot is a picture of one pixel.
const pngDot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

// tree is a JSON object.
type tree = map[string]any

func markdownCell(source string) tree {
	return tree{"cell_type": "markdown", "metadata": tree{}, "source": source}
}

func codeCell(source string, outputs ...tree) tree {
	if outputs == nil {
		outputs = []tree{}
	}
	return tree{"cell_type": "code", "metadata": tree{}, "source": source, "outputs": outputs, "execution_count": 7}
}

func display(data tree) tree {
	return tree{"output_type": "display_data", "data": data, "metadata": tree{}}
}

func stream(name, text string) tree {
	return tree{"output_type": "stream", "name": name, "text": text}
}

// notebook writes a notebook file.
func notebook(t testing.TB, path string, cells ...tree) string {
	t.Helper()
	text, err := json.Marshal(tree{"nbformat": 4, "nbformat_minor": 4, "metadata": tree{}, "cells": cells})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// render renders notebooks and returns the folder of the pages and what was printed.
func render(t testing.TB, o Options) (dir, printed string) {
	t.Helper()
	if o.Out == "" {
		o.Out = filepath.Join(t.TempDir(), "site")
	}
	var out bytes.Buffer
	if err := Run(context.Background(), o, &out); err != nil {
		t.Fatal(err)
	}
	return o.Out, out.String()
}

// renderCells returns the page of a notebook of the cells, and the HTML of its main part.
func renderCells(t testing.TB, trust bool, cells ...tree) (page, main string) {
	t.Helper()
	path := notebook(t, filepath.Join(t.TempDir(), "nb.ipynb"), cells...)
	dir, _ := render(t, Options{Notebooks: []string{path}, Trust: trust})
	page = read(t, filepath.Join(dir, "nb.html"))
	return page, renderNodes([]*html.Node{elements(parsePage(t, page), "main")[0]})
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parsePage(t testing.TB, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func has(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

func hasNot(t *testing.T, text string, unwanted ...string) {
	t.Helper()
	for _, bad := range unwanted {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in:\n%s", bad, text)
		}
	}
}

func TestBook(t *testing.T) {
	dir := t.TempDir()
	one := notebook(t, filepath.Join(dir, "01-one.ipynb"),
		markdownCell("# The first\n\nIt begins *here* with $x$, [a link](x) and a note[^1].\n\n[^1]: Note.\n\n## Its Results!\n\nSee [two](02-two.ipynb), [a part](02-two.ipynb#part-b), [below](#its-results), [code](code.go), [gone](gone.txt), [web](https://example.com/x.ipynb)."),
		markdownCell("## Its Results!\n\nagain"))
	two := notebook(t, filepath.Join(dir, "02-two.ipynb"), markdownCell("# The second\n\n## Part B"))
	if err := os.WriteFile(filepath.Join(dir, "code.go"), []byte("package x"), 0o644); err != nil {
		t.Fatal(err)
	}
	site := filepath.Join(dir, "site")
	_, printed := render(t, Options{Notebooks: []string{dir}, Out: site})
	page := read(t, filepath.Join(site, "01-one.html"))
	has(t, page, "<title>The first</title>", `<html lang="en">`,
		`<a href="02-two.html">two</a>`, `<a href="02-two.html#Part-B">a part</a>`, `<a href="#Its-Results!">below</a>`,
		`<a href="../code.go">code</a>`, `<a href="https://example.com/x.ipynb">web</a>`,
		`id="Its-Results!"`, `id="Its-Results!-1"`, `rel="next" href="02-two.html"`, `aria-current="page">The first`)
	has(t, printed, `links lead to no file: `, `"gone.txt" in `, "written")
	hasNot(t, printed, "code.go", "part-b")
	index := read(t, filepath.Join(site, "index.html"))
	has(t, index, `<a href="01-one.html">The first</a>`, "It begins <em>here</em> with", `alttext="x"`, ", a link and a note.", `<a href="02-two.html">The second</a>`)

	// The same input gives the same bytes, and nothing is written again.
	_, printed = render(t, Options{Notebooks: []string{dir}, Out: site})
	if strings.Count(printed, "is up to date") != 3 || strings.Contains(printed, "written") {
		t.Errorf("the second time:\n%s", printed)
	}

	// One notebook alone keeps its neighbours in the navigation and the index.
	notebook(t, two, markdownCell("# The second, changed"))
	_, printed = render(t, Options{Notebooks: []string{two}, Out: site})
	hasNot(t, printed, "01-one.html")
	has(t, read(t, filepath.Join(site, "index.html")), "The first", "The second, changed")
	has(t, read(t, filepath.Join(site, "02-two.html")), `rel="prev" href="01-one.html"`)
	_ = one
}

func TestWrongInput(t *testing.T) {
	dir := t.TempDir()
	good := notebook(t, filepath.Join(dir, "a", "x.ipynb"), markdownCell("# x"))
	same := notebook(t, filepath.Join(dir, "b", "x.ipynb"), markdownCell("# y"))
	broken := filepath.Join(dir, "broken.ipynb")
	file := filepath.Join(dir, "file")
	for path, text := range map[string]string{broken: `{"cells": [`, file: "no folder"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		notebooks []string
		out       string
		want      string
		is        error
	}{
		"missing":      {[]string{good, filepath.Join(dir, "none.ipynb")}, "", "none.ipynb", fs.ErrNotExist},
		"broken":       {[]string{good, broken}, "", broken, nil},
		"same name":    {[]string{good, same}, "", "rename one", nil},
		"empty folder": {[]string{empty}, "", empty, ErrNoNotebooks},
		"no folder":    {nil, "", "name the notebooks", ErrNoNotebooks},
		"out a file":   {[]string{good}, file, file, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(empty)
			out := test.out
			if out == "" {
				out = filepath.Join(dir, "out-"+name)
			}
			err := Run(context.Background(), Options{Notebooks: test.notebooks, Out: out}, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is no %v", err, test.is)
			}
			if test.out == "" {
				if _, err := os.Stat(out); err == nil {
					t.Error("something was written")
				}
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := filepath.Join(dir, "cancelled")
	if err := Run(ctx, Options{Notebooks: []string{good}, Out: out}, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Without Out, pages of other folders than notebooks stay beside their notebooks.
func TestPagesBesideTheirNotebooks(t *testing.T) {
	t.Chdir(t.TempDir())
	x := notebook(t, "out/x.ipynb", markdownCell("# x"))
	y := notebook(t, "elsewhere/y.ipynb", markdownCell("# y"))
	inside := notebook(t, "notebooks/z.ipynb", markdownCell("# z"))
	run := func(notebooks ...string) error {
		return Run(context.Background(), Options{Notebooks: notebooks}, &bytes.Buffer{})
	}
	for _, notebooks := range [][]string{{"out"}, {inside}, {"./notebooks/"}, {y}} {
		if err := run(notebooks...); err != nil {
			t.Fatal(err)
		}
	}
	for _, page := range []string{"out/x.html", "out/index.html", "docs/z.html", "elsewhere/y.html"} {
		if _, err := os.Stat(filepath.FromSlash(page)); err != nil {
			t.Error(err)
		}
	}
	if err := run(x, y); err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("notebooks of two folders: %v", err)
	}
	if err := Run(context.Background(), Options{Notebooks: []string{"out"}, Check: true}, &bytes.Buffer{}); err != nil {
		t.Errorf("the check beside the notebooks: %v", err)
	}
}

func TestDefaultFolders(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	notebook(t, "notebooks/index.ipynb", markdownCell("# A start of its own"))
	if err := Run(context.Background(), Options{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	has(t, read(t, filepath.Join("docs", "index.html")), "<title>A start of its own</title>")
}

func TestCells(t *testing.T) {
	tagged := func(cell tree, tags ...any) tree {
		cell["metadata"] = tree{"tags": tags}
		return cell
	}
	hidden := codeCell("secret()", stream("stdout", "shown"))
	hidden["metadata"] = tree{"jupyter": tree{"source_hidden": true, "outputs_hidden": true}}
	notRun := codeCell("x := 1")
	notRun["execution_count"] = nil
	page, main := renderCells(t, false,
		codeCell("// note\nfunc f() int { return 42 }"),
		tagged(codeCell("const n = 3"), "parameters"),
		tagged(codeCell("const n = 4"), "injected-parameters"),
		tagged(codeCell("GONE1"), "remove-cell"),
		tagged(codeCell("GONE2", stream("stdout", "kept1")), "remove-input"),
		tagged(codeCell("kept2", stream("stdout", "GONE3")), "remove-output"),
		hidden, notRun, codeCell(""),
		tree{"cell_type": "raw", "metadata": tree{}, "source": "<b>raw</b>"})
	has(t, main, `<span class="ch-c1">// note`, `<span class="ch-kd">func</span>`, `<span class="ch-mi">42</span>`, "[7]", "[ ]",
		"<summary>Parameters <", "Parameters of this run", "kept1", "kept2", "<details class=\"input\">\n<summary>Code <span", "<summary>Output</summary>",
		"&lt;b&gt;raw&lt;/b&gt;", "<h1>nb</h1>")
	hasNot(t, page, "GONE")
}

func TestMagics(t *testing.T) {
	_, main := renderCells(t, false,
		codeCell("%goflags -race\n!echo hi\nx := 1\n%% --a=b\nfmt.Println(x)"),
		codeCell("%%bash\nif true; then echo; fi"),
		codeCell("%%writefile x.json\n{\"a\": 1}"),
		codeCell("%%script\nwhat"), codeCell("%%"))
	has(t, main, `<span class="ch-cp">%goflags -race`, `<span class="ch-cp">!echo hi`, `<span class="ch-cp">%% --a=b`,
		`<span class="ch-nf">Println</span>`, `<span class="ch-cp">%%bash</span>`, `<span class="ch-k">if</span>`,
		`<span class="ch-nt">&#34;a&#34;</span>`, "what")
	hasNot(t, main, "ch-err")
}

func TestStreams(t *testing.T) {
	_, main := renderCells(t, false, codeCell("f()",
		stream("stdout", "\x1b[31mred\x1b[0m <b>&amp;\n  0 %"), stream("stdout", "\r100 %\n"),
		stream("stderr", "careful\n"), stream("stdout", "\n")),
		codeCell("g()", tree{"output_type": "error", "ename": "ERROR", "evalue": "exit status 2",
			"traceback": []any{"\x1b[31mpanic: no\x1b[0m", "main.go:3"}}),
		codeCell("h()", tree{"output_type": "error", "ename": "ERROR", "evalue": "alone", "traceback": []any{}}))
	has(t, main, `<span class="term-fg31">red</span> &lt;b&gt;&amp;amp;`, "100\u00a0%", `class="stream stderr"`, "careful",
		`class="error"`, "ERROR: exit status 2", `<span class="term-fg31">panic: no</span>`, "main.go:3", "ERROR: alone")
	hasNot(t, main, "  0 %", "  0\u00a0%", "\x1b")
	if n := strings.Count(main, `class="stream"`); n != 1 {
		t.Errorf("%d outputs on stdout, want one: pieces belong together, and nothing but a line end shows nothing", n)
	}
}

// A progress bar that a chart interrupts shows once, in its last state.
func TestBarsAroundPictures(t *testing.T) {
	dot := display(tree{"image/png": pngDot})
	_, main := renderCells(t, false,
		codeCell("f()", stream("stdout", "   0% [....] (1/226) 59:46 left "), dot,
			stream("stdout", "\r                                  \rstep 57: loss 0.4\n 50% [==..] (113/226)"), dot,
			stream("stdout", "\r100% [====] (226/226)\n")),
		codeCell("of an earlier version", stream("stdout", "first\n   1% [=>...] (2/226) training, 59:45 left "), dot,
			stream("stdout", "step 58: loss 0.3\n")),
		codeCell("alone", stream("stdout", "stopped\n   2% [=>...] (3/226) training "), dot),
		codeCell("no bar", stream("stdout", "half a line"), dot, stream("stdout", "and the rest")))
	has(t, main, "step 57: loss 0.4", "100% [====] (226/226)", "first", "step 58", "(3/226)", "half a line", "and the rest")
	hasNot(t, main, "(1/226)", "(113/226)", "(2/226)")
}

func TestBundles(t *testing.T) {
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>A bar</title><script>alert(1)</script></svg>`
	_, main := renderCells(t, false,
		codeCell("1", display(tree{"image/png": pngDot, "text/plain": "a dot"})),
		codeCell("2", display(tree{"image/svg+xml": svg})),
		codeCell("3", display(tree{"text/markdown": "*stressed* $x^2$"})),
		codeCell("4", display(tree{"application/json": tree{"k": []any{1, "<x>"}}, "text/plain": "PLAIN"})),
		codeCell("5", display(tree{"text/latex": "$$\\frac{a}{b}$$"})),
		codeCell("6", display(tree{"text/plain": "[31m <i>"})),
		codeCell("7", tree{"output_type": "execute_result", "execution_count": 7, "metadata": tree{"image/png": tree{"width": 12}},
			"data": tree{"image/png": pngDot}}),
		codeCell("8", display(tree{"application/vnd.custom+json": tree{}})),
		codeCell("9", display(tree{"image/png": "not base 64!", "text/plain": "instead"})))
	has(t, main, `src="data:image/png;base64,`, `alt="a dot"`, `src="data:image/svg+xml;base64,`, `alt="A bar"`,
		"<em>stressed</em>", "<msup>", `<span class="ch-nt">&#34;k&#34;</span>`, "&lt;x&gt;", "<mfrac>", "[31m &lt;i&gt;",
		`alt="Output 1 of cell 7"`, `width="12"`, "instead")
	hasNot(t, main, "PLAIN", "<svg", "<script")
}
