package render

import (
	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// unbreak keeps numbers on the line of their units, in prose and in outputs, but not in code.
func (c *cell) unbreak() {
	if c.Kind == nbformat.Markdown {
		unbreak(c.Source...)
	}
	for _, o := range c.Outputs {
		unbreak(o.Nodes...)
	}
}

func unbreak(nodes ...*html.Node) {
	for _, n := range nodes {
		switch {
		case n.Type == html.TextNode:
			n.Data = numerals.Unbroken(n.Data)
		case n.Data != "code" && n.Data != "math" && n.Data != "script" && n.Data != "style":
			for child := range n.ChildNodes() {
				unbreak(child)
			}
		}
	}
}
