package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// bundle returns the best of an output's representations as nodes: HTML, Markdown, a
// picture, a formula, JSON, text. The result is nil if the output is not visible.
func (p *page) bundle(output *nbformat.Output, caption string) ([]*nethtml.Node, error) {
	data := output.Data
	if p.format == Markdown {
		if img := chartPicture(output); img != nil {
			return []*nethtml.Node{img}, nil
		}
	} else if figure := chartFigure(output); figure != nil && !p.trust {
		return []*nethtml.Node{figure}, nil
	}
	if source, ok := data["text/html"].(string); ok {
		if nodes, shown := p.htmlOutput(source, data); shown {
			return nodes, nil
		}
	}
	if source, ok := data["text/markdown"].(string); ok {
		return p.markdown(source, nil)
	}
	for _, kind := range pictureTypes {
		text, ok := data[kind].(string)
		if !ok {
			continue
		}
		img, err := picture(kind, text, caption, output)
		if err != nil {
			p.warn("%s: %v", caption, err)
			continue
		}
		return []*nethtml.Node{img}, nil
	}
	if source, ok := data["text/latex"].(string); ok {
		return p.latex(source), nil
	}
	if value, ok := data["application/json"]; ok {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(value); err != nil {
			return nil, fmt.Errorf("%s: JSON: %w", caption, err)
		}
		if p.format == Markdown {
			return preformatted(`<code class="language-json">` + html.EscapeString(text.String()) + `</code>`), nil
		}
		return preformatted(highlight("json", text.String())), nil
	}
	if text, ok := data["text/plain"].(string); ok {
		return preformatted(terminalHTML(text)), nil
	}
	if len(data) > 0 && data["text/html"] == nil {
		p.warn("%s: none of its types is supported", caption)
	}
	return nil, nil
}

// htmlOutput returns an output's HTML without scripts. If a script would draw the output, it
// selects another representation if there is one.
func (p *page) htmlOutput(source string, data map[string]any) (nodes []*nethtml.Node, shown bool) {
	if p.trust {
		return parseFragment(source, true), true
	}
	root := holder(parseFragment(source, false))
	scripts := len(elements(root, "script")) > 0
	if scripts && hasPicture(data) {
		return nil, false
	}
	for _, noscript := range elements(root, "noscript") {
		unwrap(noscript)
	}
	p.embedPictures(root, nil)
	before := children(root)
	clean := sanitize(before)
	if p.format == Markdown {
		for node := range clean.Descendants() { // no link leads into an output
			node.Attr = slices.DeleteFunc(node.Attr, func(a nethtml.Attribute) bool { return a.Key == "id" })
		}
	}
	if visible(clean) {
		p.finish(clean)
		paper := element("div", "class", "html-output")
		for _, node := range children(clean) {
			paper.AppendChild(node)
		}
		return []*nethtml.Node{paper}, true
	}
	if data["text/plain"] != nil || data["text/markdown"] != nil || data["text/latex"] != nil {
		return nil, false
	}
	if !scripts || onlyPlumbing(before) {
		return nil, true // a page's scripts: the output is not visible
	}
	note := element("p", "class", "note")
	note.AppendChild(textNode("This output is drawn by a script, which this page does not run. Open the notebook in Jupyter to see it."))
	return []*nethtml.Node{note}, true
}

func hasPicture(data map[string]any) bool {
	for _, kind := range pictureTypes {
		if _, ok := data[kind].(string); ok {
			return true
		}
	}
	return false
}

// visible reports whether anything under root shows.
func visible(root *nethtml.Node) bool {
	return textOf(root) != "" || len(elements(root, "img", "hr", "input", "math")) > 0
}

// onlyPlumbing reports whether the HTML contains only scripts, styles and empty elements for a
// script.
func onlyPlumbing(nodes []*nethtml.Node) bool {
	for _, node := range nodes {
		if node.Type == nethtml.ElementNode && node.Data != "script" && node.Data != "style" && node.Data != "link" {
			return false
		}
	}
	return true
}

// picture returns a picture of an output as an img element.
func picture(kind, text, caption string, output *nbformat.Output) (*nethtml.Node, error) {
	src, err := pictureData(kind, text)
	if err != nil {
		return nil, err
	}
	alt := caption
	if plain, _ := output.Data["text/plain"].(string); plain != "" && !strings.ContainsAny(plain, "\n<>") {
		alt = plain
	}
	if kind == "image/svg+xml" {
		if _, title, _ := svgSource(text); title != "" {
			alt = title
		}
	}
	img := element("img", "src", src, "alt", alt)
	size, _ := output.Metadata[kind].(map[string]any)
	for _, key := range []string{"width", "height"} {
		if value := number(size[key]); value != "" {
			setAttr(img, key, value)
		}
	}
	return img, nil
}

// latex shows a text/latex output, which may or may not be in dollars.
func (p *page) latex(source string) []*nethtml.Node {
	tex := strings.TrimSpace(source)
	display := strings.HasPrefix(tex, "$$") || strings.HasPrefix(tex, `\begin`) || strings.HasPrefix(tex, `\[`)
	for _, pair := range [][2]string{{"$$", "$$"}, {"$", "$"}, {`\[`, `\]`}, {`\(`, `\)`}} {
		inner, begins := strings.CutPrefix(tex, pair[0])
		if inner, ends := strings.CutSuffix(inner, pair[1]); begins && ends {
			tex = inner
			break
		}
	}
	class := "math-inline"
	if display {
		class = "math-display"
	}
	root := holder(parseFragment(`<div class="`+class+`">`+html.EscapeString(tex)+`</div>`, false))
	p.showMath(root)
	return children(root)
}
