package render

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/internal/tablescript"
)

// classes of this package's markup and of GoNB's error reports; all others are removed, so that
// a notebook cannot imitate the page.
var classes = regexp.MustCompile(`^((ch-[a-z0-9]+|math-(inline|display)|gonb-[a-z-]+|language-[A-Za-z0-9+#_.-]+|dataframe)( |$))+$`)

var (
	idText     = regexp.MustCompile(`^\S+$`)
	inlineData = regexp.MustCompile(`^image/(png|jpeg|gif|webp|svg\+xml);base64,`)
	numberText = regexp.MustCompile(`^[-+]?[0-9.]+(e[-+]?[0-9]+)?$`)
	lengthText = regexp.MustCompile(`^[0-9]{1,5}%?$`)
)

// policy returns the rules for a notebook author's HTML: text, tables, embedded pictures,
// links. Scripts, style sheets, forms, frames and loaded content are not allowed.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "div", "span", "section", "article", "aside", "header", "footer",
		"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "kbd", "samp", "var", "tt",
		"b", "i", "u", "s", "em", "strong", "small", "mark", "sub", "sup", "del", "ins", "strike", "big", "center",
		"q", "cite", "abbr", "dfn", "time", "bdi", "bdo", "wbr", "figure", "figcaption", "details", "summary",
		"ul", "ol", "li", "dl", "dt", "dd",
		"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th",
		"img", "a", "input")
	p.AllowAttrs("title", "lang", "dir").Globally()
	p.AllowAttrs("id").Matching(idText).Globally()
	p.AllowAttrs("class").Matching(classes).Globally()
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^(note|figure|img|presentation)$`)).Globally()
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^[1aAiI]$`)).OnElements("ol")
	p.AllowAttrs("open").OnElements("details")
	p.AllowAttrs("colspan", "rowspan", "span").Matching(bluemonday.Integer).OnElements("td", "th", "col", "colgroup")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(row|col|rowgroup|colgroup)$`)).OnElements("th")
	p.AllowAttrs("align").Matching(bluemonday.CellAlign).OnElements("td", "th", "tr", "p", "div", "img")
	p.AllowAttrs("width", "height").Matching(lengthText).OnElements("img", "table", "td", "th", "col")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	// What the page's scripts for tables of results read.
	p.AllowAttrs("data-value").Matching(numberText).OnElements("td", "th")
	p.AllowAttrs("data-none").Matching(regexp.MustCompile(`^true$`)).OnElements("td", "th")
	p.AllowAttrs(tablescript.SliderAttribute, tablescript.SettingsAttribute).OnElements("div")
	p.AllowNoAttrs().OnElements("span", "a")
	p.AllowStyles("text-align", "vertical-align", "font-weight", "font-style", "text-decoration", "white-space",
		"color", "background-color", "width", "min-width", "max-width", "height", "padding", "margin-left").Globally()
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowURLSchemeWithCustomPolicy("data", func(u *url.URL) bool { return inlineData.MatchString(u.Opaque) })
	return p
})

// sanitize returns the HTML that the policy allows, as a tree under one parent.
func sanitize(nodes []*html.Node) *html.Node {
	root := holder(parseFragment(policy().Sanitize(renderNodes(nodes)), false))
	for _, a := range elements(root, "a") {
		if href, _ := attr(a, "href"); strings.HasPrefix(strings.ToLower(href), "data:") {
			unwrap(a) // data is for pictures
		}
	}
	for _, input := range elements(root, "input") {
		if kind, _ := attr(input, "type"); kind != "checkbox" {
			input.Parent.RemoveChild(input)
			continue
		}
		setAttr(input, "disabled", "") // of a task list; the page has no forms
	}
	return root
}
