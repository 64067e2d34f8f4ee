package render

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// entry is a cell's entry in the search index.
type entry struct {
	Link    string // from the index
	Title   string // of the page
	Heading string // under which the cell stands
	Text    string // its source and outputs
}

// words returns an entry for every cell with text.
func (b *book) words() []entry {
	var entries []entry
	for _, p := range b.pages {
		heading := ""
		for _, c := range p.Cells {
			var source []*html.Node
			for _, node := range c.Source {
				if h := p.heading(node); h != nil {
					heading = h.Text
					continue
				}
				source = append(source, node)
			}
			texts := []string{textOf(source...)}
			for _, o := range c.Outputs {
				texts = append(texts, textOf(o.Nodes...))
			}
			entries = append(entries, entry{p.file + "#" + c.ID, p.Title, heading, strings.TrimSpace(strings.Join(texts, " "))})
		}
	}
	return entries
}

// heading returns a node's entry in the table of contents if it is a heading.
func (p *page) heading(node *html.Node) *heading {
	id, _ := attr(node, "id")
	if at := slices.IndexFunc(p.Headings, func(h *heading) bool { return h.ID == id }); id != "" && at >= 0 {
		return p.Headings[at]
	}
	return nil
}
