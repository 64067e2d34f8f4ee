package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parseFragment parses HTML as the content of a page's body. It never fails: HTML has no wrong
// input. Without scripting, a noscript element's content is parsed as well.
func parseFragment(text string, scripting bool) []*html.Node {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragmentWithOptions(strings.NewReader(text), body, html.ParseOptionEnableScripting(scripting))
	if err != nil { // only a reader's error, and this one has none
		return []*html.Node{textNode(text)}
	}
	return nodes
}

// renderNodes writes nodes as HTML.
func renderNodes(nodes []*html.Node) string {
	var out strings.Builder
	for _, node := range nodes {
		_ = html.Render(&out, node) // a strings.Builder never fails
	}
	return out.String()
}

// holder puts nodes under one parent, so that any of them can be replaced.
func holder(nodes []*html.Node) *html.Node {
	root := &html.Node{Type: html.DocumentNode}
	for _, node := range nodes {
		root.AppendChild(node)
	}
	return root
}

// children removes the nodes under root and returns them.
func children(root *html.Node) []*html.Node {
	var nodes []*html.Node
	for root.FirstChild != nil {
		node := root.FirstChild
		root.RemoveChild(node)
		nodes = append(nodes, node)
	}
	return nodes
}

// elements returns the elements under root with one of the names, in document order. The
// tree may be changed while the result is walked.
func elements(root *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		for _, name := range names {
			if node.Data == name {
				found = append(found, node)
			}
		}
	}
	return found
}

// attached reports whether node is still in the tree under root.
func attached(root, node *html.Node) bool {
	for ; node != nil; node = node.Parent {
		if node == root {
			return true
		}
	}
	return false
}

func element(name string, attributes ...string) *html.Node {
	node := &html.Node{Type: html.ElementNode, Data: name, DataAtom: atom.Lookup([]byte(name))}
	for i := 0; i < len(attributes); i += 2 {
		setAttr(node, attributes[i], attributes[i+1])
	}
	return node
}

func textNode(text string) *html.Node {
	return &html.Node{Type: html.TextNode, Data: text}
}

func attr(node *html.Node, key string) (value string, ok bool) {
	for _, a := range node.Attr {
		if a.Namespace == "" && a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func setAttr(node *html.Node, key, value string) {
	for i, a := range node.Attr {
		if a.Namespace == "" && a.Key == key {
			node.Attr[i].Val = value
			return
		}
	}
	node.Attr = append(node.Attr, html.Attribute{Key: key, Val: value})
}

// replace puts other in the place of node.
func replace(node, other *html.Node) {
	node.Parent.InsertBefore(other, node)
	node.Parent.RemoveChild(node)
}

// unwrap puts a node's children in its place.
func unwrap(node *html.Node) {
	for _, child := range children(node) {
		node.Parent.InsertBefore(child, node)
	}
	node.Parent.RemoveChild(node)
}

// textOf returns the text under nodes with its space collapsed.
func textOf(nodes ...*html.Node) string {
	var out strings.Builder
	for _, node := range nodes {
		if node.Type == html.TextNode {
			out.WriteString(node.Data)
		}
		for child := range node.Descendants() {
			if child.Type == html.TextNode {
				out.WriteString(child.Data)
			}
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
