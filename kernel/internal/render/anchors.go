package render

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// anchors gives every heading under root a unique id in Jupyter's form (the text with hyphens
// for spaces), a link to itself, and an entry in the table of contents. The author's ids have
// precedence; if an id is already used, links to it are adapted.
func (p *page) anchors(root *html.Node) {
	renamed := make(map[string]string)
	for node := range root.Descendants() {
		if id, ok := attr(node, "id"); ok && node.Type == html.ElementNode {
			setAttr(node, "id", p.unique(id))
			renamed["#"+id], _ = attr(node, "id")
		}
	}
	for _, link := range elements(root, "a") {
		href, _ := attr(link, "href")
		if id, ok := renamed[href]; ok {
			setAttr(link, "href", "#"+id)
		}
	}
	for _, node := range elements(root, "h1", "h2", "h3", "h4", "h5", "h6") {
		text := textOf(node)
		if text == "" {
			continue
		}
		id, ok := attr(node, "id")
		if !ok {
			id = p.unique(strings.ReplaceAll(text, " ", "-"))
			setAttr(node, "id", id)
		}
		p.Headings = append(p.Headings, &heading{Level: int(node.Data[1] - '0'), ID: id, Text: text})
		link := element("a", "class", "anchor", "href", "#"+id, "aria-label", "Link to “"+text+"”")
		link.AppendChild(textNode("#"))
		node.AppendChild(link)
	}
}

// headings enters the headings under root, with the ids that GitHub gives them in Markdown.
func (p *page) headings(root *html.Node) {
	for _, node := range elements(root, "h1", "h2", "h3", "h4", "h5", "h6") {
		text := textOf(node)
		if text == "" {
			continue
		}
		id := p.unique(githubID(text))
		p.Headings = append(p.Headings, &heading{Level: int(node.Data[1] - '0'), ID: id, Text: text})
	}
}

// githubID returns the anchor that GitHub makes from a heading's text: letters, digits, hyphens and
// underscores, in lower case, with hyphens for spaces.
func githubID(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// unique returns id, with a number behind it if it is taken.
func (p *page) unique(id string) string {
	free := id
	for n := 1; p.ids[free]; n++ {
		free = id + "-" + strconv.Itoa(n)
	}
	p.ids[free] = true
	return free
}

// anchor finds the id a link means. GitHub, Jupyter and VS Code make it from a heading in
// different ways, so case and punctuation do not count.
func (p *page) anchor(fragment string) (id string, ok bool) {
	if p.ids[fragment] {
		return fragment, true
	}
	for _, h := range p.Headings {
		if plain(h.ID) == plain(fragment) || plain(h.Text) == plain(fragment) {
			return h.ID, true
		}
	}
	return "", false
}

// plain keeps a text's letters and digits, in lower case.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}
