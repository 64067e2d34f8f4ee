package render

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// svgSource returns an SVG picture as the source of an img element. A browser runs no script in
// such a picture and loads no files for it, and the picture's styles and names are private. ok
// is false for a text without a picture.
func svgSource(text string) (src, title string, ok bool) {
	title, standalone := svgTitle(text)
	if !standalone { // as markup for HTML
		found := elements(holder(parseFragment(text, false)), "svg")
		if len(found) == 0 {
			return "", "", false
		}
		text = svgXML(found[0])
		title, _ = svgTitle(text)
	}
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(text)), title, true
}

// svgTitle returns an SVG document's title, and whether it is a standalone document:
// well-formed and with its namespace.
func svgTitle(text string) (title string, standalone bool) {
	const namespace = "http://www.w3.org/2000/svg"
	decoder := xml.NewDecoder(strings.NewReader(text))
	decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	depth := 0
	inTitle := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.TrimSpace(title), standalone
		}
		if err != nil {
			return "", false
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			if depth == 1 {
				if token.Name.Local != "svg" || token.Name.Space != namespace {
					return "", false
				}
				standalone = true
			}
			inTitle = depth == 2 && token.Name.Local == "title"
		case xml.EndElement:
			depth--
			inTitle = false
		case xml.CharData:
			if inTitle {
				title += string(token)
			}
		}
	}
}

// svgXML writes an svg element that was parsed as HTML as an XML document. Scripts and other
// elements are removed.
func svgXML(svg *html.Node) string {
	var out strings.Builder
	writeSVG(&out, svg, true)
	return out.String()
}

func writeSVG(out *strings.Builder, node *html.Node, root bool) {
	switch node.Type {
	case html.TextNode:
		_ = xml.EscapeText(out, []byte(node.Data))
		return
	case html.ElementNode:
	default:
		return
	}
	if node.Namespace != "svg" || node.Data == "script" || node.Data == "foreignObject" || !isName(node.Data) {
		return
	}
	out.WriteString("<" + node.Data)
	if root {
		out.WriteString(` xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`)
	}
	var written []string
	for _, a := range node.Attr {
		name := a.Key
		if a.Namespace != "" {
			name = a.Namespace + ":" + a.Key
		}
		known := a.Namespace == "" || a.Namespace == "xlink" || a.Namespace == "xml"
		if !known || !isName(a.Key) || strings.HasPrefix(name, "xmlns") ||
			strings.HasPrefix(strings.ToLower(a.Key), "on") || slices.Contains(written, name) {
			continue
		}
		written = append(written, name)
		out.WriteString(" " + name + `="`)
		_ = xml.EscapeText(out, []byte(a.Val))
		out.WriteString(`"`)
	}
	out.WriteString(">")
	for child := range node.ChildNodes() {
		writeSVG(out, child, false)
	}
	out.WriteString("</" + node.Data + ">")
}

// isName reports whether s is a valid XML name of an element or attribute. A colon is refused:
// no prefix is declared for it.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r != '-' && r != '.' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != ""
}
