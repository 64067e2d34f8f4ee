package render

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// page is one notebook on its way to HTML or Markdown.
type page struct {
	source   string // path of the notebook
	file     string // name of the page, in the folder of all pages
	format   Format
	language string // of the code
	trust    bool

	Title    string
	Summary  []*html.Node // the first paragraph, without its links
	Cells    []*cell
	Headings []*heading
	Origin   []origin // the source of the outputs
	Versions []string // of what computed them, and when

	ids          map[string]bool // taken anchors
	pictureCount map[string]int  // files of pictures, by cell
	warnings     []string
	missing      []string // targets of links that do not exist
}

// cell is a cell of the page. Its nodes are changed until the links are settled.
type cell struct {
	ID      string
	Kind    nbformat.CellType
	Count   string // the number in brackets before a code cell; a space if it has not run
	Label   string // its special role, such as Parameters
	Folded  bool   // its source is folded away
	Source  []*html.Node
	Outputs []*output
	Folding bool // its outputs are folded away
	first   string
}

// Summary is the line that stands for the source: its role, or what the comment in its first line
// says if the source is folded away.
func (c *cell) Summary() string {
	switch {
	case c.Folded && c.first != "" && c.Label != "Imports":
		return c.first
	case c.Label != "":
		return c.Label
	}
	return "Code"
}

// firstComment returns the text of a comment in the first line of a cell.
func firstComment(source string) string {
	line, _, _ := strings.Cut(source, "\n")
	for _, mark := range []string{"//", "#"} {
		if text, ok := strings.CutPrefix(line, mark); ok {
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// output is one output of a cell.
type output struct {
	Class string
	Nodes []*html.Node
}

// heading is an entry of the page's table of contents.
type heading struct {
	Level    int
	ID, Text string
}

func (p *page) warn(format string, args ...any) {
	p.warnings = append(p.warnings, p.source+": "+fmt.Sprintf(format, args...))
}

// readPage reads the notebook at source and builds its page.
func readPage(source string, format Format, trust bool) (*page, error) {
	notebook, err := nbformat.Read(source)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(source), filepath.Ext(source))
	p := &page{
		source: source, file: name + "." + string(format), format: format, language: language(notebook), trust: trust,
		ids: map[string]bool{}, pictureCount: map[string]int{},
	}
	if format != Markdown {
		for _, id := range []string{"top", "main", "contents", "find", "fold", "theme"} {
			p.ids[id] = true
		}
	}
	for _, change := range notebook.Corrections {
		p.warn("corrected for the page: %s", change)
	}
	for i := range notebook.Cells {
		p.ids["cell-"+strconv.Itoa(i+1)] = true
	}
	for i, c := range notebook.Cells {
		built, err := p.cell(i+1, c)
		if err != nil {
			return nil, fmt.Errorf("%s: cell %d: %w", source, i+1, err)
		}
		if built != nil {
			if format != Markdown {
				built.unbreak()
			}
			p.Cells = append(p.Cells, built)
		}
	}
	p.describe(name)
	p.Origin = origins(notebook)
	p.Versions = versions(notebook)
	return p, nil
}

// language returns the notebook's programming language; the default is "go".
func language(notebook *nbformat.Notebook) string {
	info, _ := notebook.Metadata["language_info"].(map[string]any)
	if name, _ := info["name"].(string); name != "" {
		return strings.ToLower(name)
	}
	return "go"
}

// cell builds one cell. The tags remove-cell, remove-input and remove-output have the
// meaning that Jupyter Book gives them.
func (p *page) cell(n int, c *nbformat.Cell) (*cell, error) {
	source := strings.TrimRight(c.Source, "\n")
	if c.HasTag("remove-cell") || source == "" && len(c.Outputs) == 0 {
		return nil, nil
	}
	built := &cell{ID: "cell-" + strconv.Itoa(n), Kind: c.Type}
	switch c.Type {
	case nbformat.Markdown:
		nodes, err := p.markdown(source, c.Attachments)
		built.Source = nodes
		return built, err
	case nbformat.Raw:
		built.Source = []*html.Node{textNode(source)}
		return built, nil
	}
	hidden, _ := c.Metadata["jupyter"].(map[string]any)
	built.Folded = hidden["source_hidden"] == true || c.HasTag("hide-input")
	built.Folding = hidden["outputs_hidden"] == true || c.Metadata["collapsed"] == true || c.HasTag("hide-output")
	built.first = firstComment(source)
	switch {
	case p.language == "go" && strings.HasPrefix(source, "import") && len(c.Outputs) == 0:
		built.Label, built.Folded = "Imports", true // every notebook needs them, no reader does
	case c.HasTag("injected-parameters"):
		built.Label = "Parameters of this run"
	case c.HasTag("parameters") && c.HasTag("advanced"):
		built.Label = "Advanced parameters"
	case c.HasTag("parameters") && c.HasTag("data"):
		built.Label = "Parameters of the data"
	case c.HasTag("parameters"):
		built.Label = "Parameters"
	}
	if source != "" && !c.HasTag("remove-input") {
		built.Count = " "
		if c.ExecutionCount != nil {
			built.Count = strconv.Itoa(*c.ExecutionCount)
		}
		code := highlight(p.language, source)
		if p.language == "go" {
			code = highlightCell(source)
		}
		if p.format != Markdown {
			code = breakable.Replace(code)
		}
		built.Source = parseFragment(code, false)
	}
	if c.HasTag("remove-output") {
		return built, nil
	}
	for i, o := range settleStreams(c.Outputs) {
		shown, err := p.output(o, fmt.Sprintf("Output %d of cell %d", i+1, n))
		if err != nil {
			return nil, err
		}
		if shown != nil {
			built.Outputs = append(built.Outputs, shown)
		}
	}
	return built, nil
}

// output builds one output; nil if it is not visible.
func (p *page) output(o *nbformat.Output, caption string) (*output, error) {
	switch o.Type {
	case nbformat.Stream:
		text := terminalHTML(o.Text)
		if text == "" {
			return nil, nil
		}
		class := "stream"
		if o.Name == "stderr" {
			class = "stream stderr"
		}
		return &output{class, preformatted(text)}, nil
	case nbformat.ErrorOutput:
		text := strings.Join(o.Traceback, "\n")
		if summary := o.EName + ": " + o.EValue; !strings.Contains(text, o.EValue) || text == "" {
			text = strings.TrimRight(summary+"\n"+text, "\n")
		}
		return &output{"error", preformatted(terminalHTML(text))}, nil
	}
	nodes, err := p.bundle(o, caption)
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	return &output{"data", nodes}, nil
}

// preformatted puts HTML into an element that keeps its lines, and that can be scrolled
// with the keyboard alone.
func preformatted(text string) []*html.Node {
	pre := element("pre", "tabindex", "0")
	for _, node := range parseFragment(text, false) {
		pre.AppendChild(node)
	}
	return []*html.Node{pre}
}

// markdown converts a Markdown text to nodes that can be trusted.
func (p *page) markdown(source string, attachments map[string]any) ([]*html.Node, error) {
	text, err := markdownHTML(source)
	if err != nil {
		return nil, err
	}
	root := holder(parseFragment(text, false))
	p.embedPictures(root, attachments)
	clean := sanitize(children(root))
	p.finish(clean)
	return children(clean), nil
}

// finish adds the page's elements to sanitised nodes: formulas, anchors, scrollable tables and
// code.
func (p *page) finish(root *html.Node) {
	if p.format == Markdown {
		p.headings(root)
		return
	}
	p.showMath(root)
	p.anchors(root)
	for _, table := range elements(root, "table") {
		scroll := element("div", "class", "scroll", "tabindex", "0")
		replace(table, scroll)
		scroll.AppendChild(table)
	}
	for _, pre := range elements(root, "pre") {
		setAttr(pre, "tabindex", "0")
	}
}

// describe finds the page's title and summary: the first heading, or the file's name, and
// the first paragraph.
func (p *page) describe(name string) {
	p.Title = strings.ReplaceAll(name, "_", " ")
	if at := slices.IndexFunc(p.Headings, func(h *heading) bool { return h.Level == 1 }); at >= 0 {
		p.Title = p.Headings[at].Text
	}
	for _, c := range p.Cells {
		if c.Kind != nbformat.Markdown {
			continue
		}
		for _, node := range c.Source {
			if node.Type == html.ElementNode && node.Data == "p" && textOf(node) != "" {
				p.Summary = summary(node)
				return
			}
		}
	}
}

// summary copies a paragraph's text for another page: without links, anchors, notes and pictures.
func summary(paragraph *html.Node) []*html.Node {
	root := holder(parseFragment(renderNodes([]*html.Node{paragraph}), false))
	for _, node := range elements(root, "sup", "img", "input") {
		if len(elements(node, "a")) > 0 || node.Data != "sup" {
			node.Parent.RemoveChild(node)
		}
	}
	for _, link := range elements(root, "a") {
		unwrap(link)
	}
	for node := range root.Descendants() {
		node.Attr = slices.DeleteFunc(node.Attr, func(a html.Attribute) bool { return a.Key == "id" })
	}
	return children(root)
}
