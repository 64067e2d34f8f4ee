package render

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// renderMarkdown returns the Markdown of a notebook of the cells, and the folder it is in.
func renderMarkdown(t testing.TB, cells ...tree) (text, dir string) {
	t.Helper()
	path := notebook(t, filepath.Join(t.TempDir(), "nb.ipynb"), cells...)
	dir, _ = render(t, Options{Notebooks: []string{path}, To: []Format{Markdown}})
	return read(t, filepath.Join(dir, "nb.md")), dir
}

// viewed returns Markdown as a viewer shows it, which keeps raw HTML.
func viewed(t testing.TB, text string) *html.Node {
	t.Helper()
	source, err := markdownHTML(text)
	if err != nil {
		t.Fatal(err)
	}
	return holder(parseFragment(source, false))
}

func TestMarkdownPage(t *testing.T) {
	folded := codeCell("// Advanced <settings>\nvar rank = 8", stream("stdout", "shown\n"))
	folded["metadata"] = tree{"jupyter": tree{"source_hidden": true}}
	parameters := codeCell("var model = \"tiny_model\"")
	parameters["metadata"] = tree{"tags": []any{"parameters"}}
	text, dir := renderMarkdown(t,
		markdownCell("# A title\n\nText with *weight*, $a < b_1$ and `code`. See [next](other.ipynb).\n\n| a | b |\n|--:|---|\n| 1 | x\\|y |\n\n```python\nprint(1)\n```\n\n- one\n  - two\n- three\n\n1. first\n2. second\n"),
		parameters,
		codeCell("fmt.Println(\"```\")", stream("stdout", "  0 %\r100 %   \n"), display(tree{"image/png": pngDot, "text/plain": "a dot"})),
		folded,
		codeCell("t()", display(tree{"text/html": "<table><tr><th>run</th><th>accuracy</th></tr><tr><td>a_b*c</td><td>1 &lt; 2</td></tr></table>"})),
		codeCell("p()", display(tree{"text/plain": "plain"})),
		codeCell("e()", tree{"output_type": "error", "ename": "ERROR", "evalue": "exit status 2", "traceback": []any{"\x1b[31mpanic: no\x1b[0m"}}))
	has(t, text,
		"# A title\n\nmodel **tiny_model**\n\nText with _weight_, $a \\lt b_1$ and `code`.",
		"|   a | b    |\n| --: | ---- |\n|   1 | x\\|y |",
		"```python\nprint(1)\n```",
		"- one\n  - two\n- three\n\n1. first\n2. second",
		"_Parameters_\n\n```go\nvar model",
		"````go\nfmt.Println(\"```\")\n````\n\n```\n100 %\n```\n\n![a dot](nb_files/nb_3_1.png)",
		"<details>\n<summary>Advanced &lt;settings&gt;</summary>\n\n```go\n// Advanced <settings>",
		"| run    | accuracy |\n| ------ | -------- |\n| a_b\\*c | 1 &lt; 2 |",
		"```\nplain\n```", "```\nERROR: exit status 2\npanic: no\n```",
		"From the notebook [nb.ipynb](")
	hasNot(t, text, "  0 %", "\x1b", "data:image")
	if picture := read(t, filepath.Join(dir, "nb_files", "nb_3_1.png")); !strings.HasPrefix(picture, "\x89PNG") {
		t.Error("the picture is no PNG file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries in the folder, %v; want the page and its pictures", len(entries), err)
	}
}

// Text of any characters is shown as it is, and begins nothing.
func TestMarkdownEscapes(t *testing.T) {
	for _, text := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror="alert(1)">`, `&lt;b&gt; &amp; &#60; &copy`, `a*b*c **d** _e_ f_g_h __i__`,
		"`tick` ``two``", `$5 and $6, $x$ $$y$$`, `[link](javascript:alert(1)) ![x](y) [^1] [ ] [x]`, `# head`, `#`, `a # b ##`, `a #`, `##`, `- item`, `+ item`, `* item`,
		`1. item`, `1) item`, `> quote`, `===`, `---`, `***`, `___`, `~~~ code`, `~~gone~~`, `| a | b |`, `\ \\ \* \`, `: term`, "a\u00a0b",
		`]]>`, `<!-- no -->`, `<?php ?>`, `</details></p>`, `a!`, `![`, `!`, `&`, `AT&T; x&y;`, `positive (5 stars) "quoted" 'q'`, `snake_case_name`,
		`customers' complaints <late & damaged> | delivery_*`, `<<<`, `a<b>c`, `-`, `=`, `1.`, `\`,
	} {
		cells := []tree{
			codeCell("x", display(tree{"text/html": "<p>" + html.EscapeString(text) + "</p>"})),
			codeCell("y", display(tree{"text/html": "<table><tr><th>" + html.EscapeString(text) + "</th></tr><tr><td><b>" + html.EscapeString(text) + "</b></td></tr></table>"})),
			codeCell("z", display(tree{"text/html": "<h3>" + html.EscapeString(text) + "</h3><ul><li>" + html.EscapeString(text) + "</li></ul><p>x<em>" +
				html.EscapeString(text) + "</em>y <code>" + html.EscapeString(text) + "</code></p>"})),
		}
		page, _ := renderMarkdown(t, cells...)
		page, _, _ = strings.Cut(page, "\n***\n")
		root := viewed(t, page)
		want := strings.Join(strings.Fields(text), " ")
		var got []string
		for _, name := range []string{"p", "th", "td", "h3", "li", "code"} {
			for _, node := range elements(root, name) {
				if shown := textOf(node); node.Parent.Data != "pre" && shown != "" {
					got = append(got, shown)
				}
			}
		}
		wants := []string{want, "x" + want + "y " + want, want, want, want, want, want}
		if strings.Join(got, "\n") != strings.Join(wants, "\n") {
			t.Errorf("%q shows as %q\n%s", text, got, page)
		}
		for _, node := range elements(root, "script", "img", "a", "hr", "blockquote", "ol", "input", "h2") {
			t.Errorf("%q makes a %s element:\n%s", text, node.Data, page)
		}
	}
}

// No HTML of a stranger reaches a Markdown file but this package's own tags.
func TestMarkdownIsSafe(t *testing.T) {
	hostile := []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `$<img src=x onerror=alert(1)>$`, "$$\n<script>alert(1)</script>\n$$",
		"`<b onclick=x>`", "```\n<script>\n```\n", "````\n```\n<script>alert(1)</script>\n````", `<details><summary><b onclick=x>s</b></summary><script>x</script></details>`,
		`<a href="javascript:alert(1)">x</a>`, `[x](javascript:alert(1))`, `<iframe src="https://example.org"></iframe>`, `<span id="x&quot; onclick=y">z</span>`,
		`<span class="math-inline">$<script>alert(1)</script></span>`, `<pre>` + "```\n<script>alert(1)</script>" + `</pre>`, `<svg onload=alert(1)><script>1</script></svg>`,
		`<style>*{display:none}</style>`, `<a href="x&quot;onclick=y">t</a>`, `![a](x.png "t&quot; onerror=1")`, `<p title="<script>">t</p>`,
	}
	var cells []tree
	for _, text := range hostile {
		cells = append(cells, markdownCell(text), codeCell(text, stream("stdout", text), display(tree{"text/html": text}), display(tree{"text/plain": text}),
			display(tree{"text/markdown": text})))
	}
	path := notebook(t, filepath.Join(t.TempDir(), "nb.ipynb"), cells...)
	dir, _ := render(t, Options{Notebooks: []string{path}, To: []Format{Markdown}})
	root := viewed(t, read(t, filepath.Join(dir, "nb.md")))
	known := strings.Fields("p h1 h2 pre code span em strong a hr br details summary table thead tbody tr th td ul ol li img div del sup sub kbd ins")
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if !strings.Contains(" "+strings.Join(known, " ")+" ", " "+node.Data+" ") {
			t.Errorf("element %s", node.Data)
		}
		for _, a := range node.Attr {
			switch a.Key {
			case "href", "src", "class", "id", "alt", "open":
			default:
				t.Errorf("%s has %s=%q", node.Data, a.Key, a.Val)
			}
			if strings.Contains(strings.ToLower(a.Val), "javascript:") {
				t.Errorf("%s: %s=%q", node.Data, a.Key, a.Val)
			}
		}
	}
}

func TestMarkdownLinks(t *testing.T) {
	dir := t.TempDir()
	notebook(t, filepath.Join(dir, "a one.ipynb"), markdownCell("# One\n\n## A \"quoted\" head: x_1\n\n[two](b.ipynb#Second-part) [here](#A-\"quoted\"-head:-x_1) [file](data.csv) [out](https://example.org/a_(b)?c=1&d=2)"))
	notebook(t, filepath.Join(dir, "b.ipynb"), markdownCell("# Two\n\n## Second part\n\n## Second part\n\n[one](a%20one.ipynb)\n\n![p](p.png) ![q](attachment:q.png)"))
	for name, text := range map[string]string{"data.csv": "x", "p.png": pngText(t)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(o Options) error {
		o.Notebooks, o.To = []string{dir}, []Format{HTML, Markdown}
		return Run(context.Background(), o, &bytes.Buffer{})
	}
	if err := run(Options{}); err != nil {
		t.Fatal(err)
	}
	one, two := read(t, filepath.Join(dir, "a one.md")), read(t, filepath.Join(dir, "b.md"))
	has(t, one, "[two](b.md#second-part)", "(#a-quoted-head-x_1)", "[file](data.csv)", "(https://example.org/a_%28b%29?c=1&amp;d=2)")
	has(t, two, "[one](a%20one.md)", "![p](b_files/b_1_1.png)", "\\[q: not found\\]")
	has(t, read(t, filepath.Join(dir, "a one.html")), `href="b.html#Second-part"`)
	if err := run(Options{Check: true}); err != nil {
		t.Errorf("the check: %v", err)
	}
	left := filepath.Join(dir, "b_files", "b_9_9.png")
	mine := filepath.Join(dir, "b_files", "mine.png")
	for _, path := range []string{left, mine} {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(Options{Check: true}); err == nil || !strings.Contains(err.Error(), "b_9_9.png is in no page") || !strings.Contains(err.Error(), "--to html,md") {
		t.Errorf("the check with a picture of an earlier rendering: %v", err)
	}
	before := read(t, filepath.Join(dir, "b.md"))
	if err := run(Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("a picture of an earlier rendering stays")
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error("somebody's own picture is removed")
	}
	if read(t, filepath.Join(dir, "b.md")) != before {
		t.Error("the same notebook makes other bytes")
	}
}

func pngText(t *testing.T) string {
	t.Helper()
	_, data, err := decodePicture("data:image/png;base64," + pngDot)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A Markdown file that somebody wrote is not replaced, and nothing else is written.
func TestMarkdownKeepsYourFile(t *testing.T) {
	dir := t.TempDir()
	path := notebook(t, filepath.Join(dir, "README.ipynb"), markdownCell("# x"))
	mine := filepath.Join(dir, "README.md")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Run(context.Background(), Options{Notebooks: []string{path}, To: []Format{HTML, Markdown}}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), mine) || !strings.Contains(err.Error(), "--out") {
		t.Errorf("error %v", err)
	}
	if read(t, mine) != "mine" {
		t.Error("it is replaced")
	}
	if _, err := os.Stat(filepath.Join(dir, "README.html")); err == nil {
		t.Error("the page is written")
	}
}

func TestFormats(t *testing.T) {
	formats, err := ParseFormats([]string{"HTML", " markdown", "md", "pdf"})
	if err != nil || len(formats) != 3 || formats[1] != Markdown {
		t.Errorf("%q, %v", formats, err)
	}
	if _, err := ParseFormats([]string{"docx"}); err == nil || !strings.Contains(err.Error(), "html, md or pdf") {
		t.Errorf("docx: %v", err)
	}
}

// The text of every notebook in the repository is the same in HTML and Markdown.
func TestMarkdownSaysWhatPagesSay(t *testing.T) {
	for _, folder := range []string{"notebooks", "results"} {
		dir := t.TempDir()
		source := filepath.Join("..", "..", "..", folder)
		render(t, Options{Notebooks: []string{source}, Out: dir, To: []Format{HTML, Markdown}})
		pages, err := filepath.Glob(filepath.Join(dir, "*.md"))
		if err != nil || len(pages) < 4 {
			t.Fatalf("%q, %v", pages, err)
		}
		for _, file := range pages {
			main := elements(parsePage(t, read(t, strings.TrimSuffix(file, ".md")+".html")), "main")[0]
			for _, fold := range elements(main, "td") {
				for _, summary := range elements(fold, "summary") { // Markdown has the whole text
					beginning := &html.Node{Type: html.TextNode, Data: strings.TrimSuffix(textOf(summary), "…")}
					summary.Parent.InsertBefore(beginning, summary)
					summary.Parent.RemoveChild(summary)
				}
			}
			for _, node := range elements(main, "summary", "math", "details") {
				if node.Data != "details" || attached(main, node) && node.Parent.Data == "figure" {
					node.Parent.RemoveChild(node)
				}
			}
			text := read(t, file)
			text, _, _ = strings.Cut(text, "\n***\n")
			root := viewed(t, text)
			for _, node := range elements(root, "summary", "span", "div") {
				if class, _ := attr(node, "class"); node.Data == "summary" || strings.HasPrefix(class, "math-") {
					node.Parent.RemoveChild(node)
				}
			}
			origin := "" // above the title on a page, below it in Markdown
			for _, node := range elements(main, "p") {
				if class, _ := attr(node, "class"); class == "origin" {
					origin = words(node)
					node.Parent.RemoveChild(node)
				}
			}
			want, got := words(main), words(root)
			if !strings.Contains(got, origin) {
				t.Errorf("%s does not say %q", file, origin)
			}
			got = strings.Replace(got, origin, "", 1)
			if want != got {
				at := 0
				for at < min(len(want), len(got)) && want[at] == got[at] {
					at++
				}
				t.Errorf("%s differs: %.200q, want %.200q", file, got[max(0, at-40):], want[max(0, at-40):])
			}
		}
	}
}

// words returns the characters of a page without its white space, labels and anchors.
func words(root *html.Node) string {
	text := textOf(root)
	for _, label := range []string{"#", "Parameters of this run", "Parameters"} {
		text = strings.ReplaceAll(text, label, "")
	}
	text = regexp.MustCompile(`model \S+ · data \S+( · go\S+)?`).ReplaceAllString(text, "")
	return strings.Join(strings.Fields(text), "")
}
