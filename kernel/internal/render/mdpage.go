package render

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// markdownMark is in every Markdown file that this package wrote.
const markdownMark = "<!-- rendered by lorabook from a notebook -->"

// pageMarkdown returns a page as Markdown, and the files of its pictures by their paths in the
// folder of the pages.
func (b *book) pageMarkdown(p *page) (text []byte, pictures map[string][]byte) {
	pictures = make(map[string][]byte)
	var blocks []string
	add := func(block string) {
		if block != "" {
			blocks = append(blocks, block)
		}
	}
	origin := p.originMarkdown()
	if !p.hasTitle() {
		add("# " + escapeWords(p.Title))
		add(origin)
		origin = ""
	}
	for _, c := range p.Cells {
		p.takePictures(c, pictures)
		switch c.Kind {
		case nbformat.Markdown:
			for _, block := range markdownBlocks(c.Source) {
				add(block)
				if strings.HasPrefix(block, "# ") { // the origin stands under the title
					add(origin)
					origin = ""
				}
			}
		case nbformat.Raw:
			add(fenced("", codeText(holderOf(c.Source))))
		default:
			p.codeMarkdown(c, add)
		}
	}
	if source := b.relative(p.source); source != "" {
		add("***")
		add("From the notebook [" + escapeWords(path.Base(source)) + "](" + destination((&url.URL{Path: source}).String()) + ")")
	}
	add(markdownMark)
	if origin != "" {
		blocks = append([]string{origin}, blocks...)
	}
	return []byte(strings.Join(blocks, "\n\n") + "\n"), pictures
}

// codeMarkdown adds a code cell and its outputs.
func (p *page) codeMarkdown(c *cell, add func(block string)) {
	source := fenced(p.language, codeText(holderOf(c.Source)))
	switch {
	case source == "":
	case c.Folded:
		add(foldedMarkdown(c.Summary(), "", source))
	default:
		if c.Label != "" {
			add("_" + c.Label + "_")
		}
		add(source)
	}
	var outputs []string
	for _, o := range c.Outputs {
		if block := blockMarkdown(o.Nodes); block != "" {
			outputs = append(outputs, block)
		}
	}
	text := strings.Join(outputs, "\n\n")
	if c.Folding && text != "" {
		text = foldedMarkdown("Output", "", text)
	}
	add(text)
}

func (p *page) originMarkdown() string {
	var parts []string
	for _, o := range p.Origin {
		parts = append(parts, o.Name+" **"+escapeWords(o.Value)+"**")
	}
	for _, version := range p.Versions {
		parts = append(parts, escapeWords(version))
	}
	return strings.Join(parts, " · ")
}

// escapeWords escapes plain text in a line of Markdown.
func escapeWords(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return inlineMarkdown([]*html.Node{textNode("x " + text)}, false)[len("x "):]
}

// holderOf returns a node with copies of nodes, which stay where they are.
func holderOf(nodes []*html.Node) *html.Node {
	return holder(parseFragment(renderNodes(nodes), false))
}

// takePictures replaces the data of the cell's pictures with the names of files beside the page.
func (p *page) takePictures(c *cell, files map[string][]byte) {
	groups := [][]*html.Node{c.Source}
	for _, o := range c.Outputs {
		groups = append(groups, o.Nodes)
	}
	base := strings.TrimSuffix(p.file, path.Ext(p.file))
	for _, nodes := range groups {
		for _, node := range nodes {
			found := elements(node, "img")
			if node.Type == html.ElementNode && node.Data == "img" {
				found = append(found, node)
			}
			for _, img := range found {
				src, _ := attr(img, "src")
				ending, data, err := decodePicture(src)
				if err != nil {
					p.warn("%s: a picture is left out: %v", c.ID, err)
					setAttr(img, "src", "")
					continue
				}
				p.pictureCount[c.ID]++
				name := fmt.Sprintf("%s_files/%s_%s_%d.%s", base, base, strings.TrimPrefix(c.ID, "cell-"), p.pictureCount[c.ID], ending)
				files[name] = data
				setAttr(img, "src", (&url.URL{Path: name}).String())
			}
		}
	}
}

// pictureEndings are the endings of files of the supported pictures.
var pictureEndings = map[string]string{"image/svg+xml": "svg", "image/png": "png", "image/webp": "webp", "image/jpeg": "jpg", "image/gif": "gif"}

// decodePicture reads a picture's data URL.
func decodePicture(src string) (ending string, data []byte, err error) {
	kind, text, ok := strings.Cut(strings.TrimPrefix(src, "data:"), ";base64,")
	if ending = pictureEndings[kind]; !ok || ending == "" {
		return "", nil, fmt.Errorf("%.40q is not the data of a picture", src)
	}
	data, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return "", nil, fmt.Errorf("its data is not base 64: %w", err)
	}
	if ending == "svg" { // a file, which a browser may open by itself
		found := elements(holder(parseFragment(string(data), false)), "svg")
		if len(found) == 0 {
			return "", nil, fmt.Errorf("it contains no SVG picture")
		}
		data = []byte(svgXML(found[0]))
	}
	return ending, data, nil
}
