package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// blockElements begin a block of their own.
var blockElements = map[string]bool{
	"p": true, "div": true, "section": true, "article": true, "aside": true, "header": true, "footer": true, "center": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "blockquote": true, "pre": true, "figure": true,
	"figcaption": true, "details": true, "summary": true, "ul": true, "ol": true, "li": true, "dl": true, "dt": true, "dd": true,
	"table": true, "caption": true, "hr": true, "tr": true, "td": true, "thead": true, "tbody": true, "tfoot": true,
}

func isBlock(node *html.Node) bool {
	return node.Type == html.ElementNode && blockElements[node.Data]
}

func isHeading(node *html.Node) bool {
	return len(node.Data) == 2 && node.Data[0] == 'h' && node.Data[1] >= '1' && node.Data[1] <= '6'
}

// nodesUnder returns a node's children, which stay where they are.
func nodesUnder(node *html.Node) []*html.Node {
	var nodes []*html.Node
	for child := range node.ChildNodes() {
		nodes = append(nodes, child)
	}
	return nodes
}

// codeText returns the text under a node with its white space and line breaks.
func codeText(node *html.Node) string {
	if node.Type == html.TextNode {
		return node.Data
	}
	var out strings.Builder
	for child := range node.Descendants() {
		switch {
		case child.Type == html.TextNode:
			out.WriteString(child.Data)
		case child.Type == html.ElementNode && child.Data == "br":
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// runeAfter returns the character that follows a node in its block; 0 if there is none.
func runeAfter(node *html.Node) rune {
	for ; node != nil && !isBlock(node); node = node.Parent {
		for next := node.NextSibling; next != nil; next = next.NextSibling {
			if isBlock(next) || next.Data == "br" && next.Type == html.ElementNode {
				return 0
			}
			if next.Type == html.ElementNode && next.Data == "img" {
				return '!'
			}
			if text := codeText(next); text != "" {
				r, _ := utf8.DecodeRuneInString(text)
				if next.Type == html.ElementNode && !unicode.IsSpace(r) {
					return 'x' // the delimiters of another element
				}
				return r
			}
		}
	}
	return 0
}

// insideItself reports whether an element is inside another one of its kind.
func insideItself(node *html.Node) bool {
	for parent := node.Parent; parent != nil; parent = parent.Parent {
		if parent.Type == html.ElementNode && parent.Data == node.Data {
			return true
		}
	}
	return false
}

func leadingSpace(node *html.Node) bool {
	r, _ := utf8.DecodeRuneInString(codeText(node))
	return unicode.IsSpace(r)
}

func trailingSpace(node *html.Node) bool {
	r, _ := utf8.DecodeLastRuneInString(codeText(node))
	return unicode.IsSpace(r)
}
