package render

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// inlineWriter writes the inline content of one block as Markdown. The result has no line breaks
// but those of br elements.
type inlineWriter struct {
	out   strings.Builder
	last  rune // the last visible character, without escapes; 0 at the start of a line
	space bool // white space waits for the next character
	table bool // in a cell of a table
}

// inlineMarkdown returns nodes as the Markdown of one paragraph.
func inlineMarkdown(nodes []*html.Node, table bool) string {
	w := &inlineWriter{table: table}
	w.nodes(nodes)
	return w.out.String()
}

func (w *inlineWriter) nodes(nodes []*html.Node) {
	for _, node := range nodes {
		w.node(node)
	}
}

// raw writes Markdown; last is its last visible character.
func (w *inlineWriter) raw(markdown string, last rune) {
	if w.space && w.last != 0 {
		w.out.WriteByte(' ')
		w.last = ' '
	}
	w.space = false
	w.out.WriteString(markdown)
	w.last = last
}

// unfolded returns a text. A cell of a Markdown table has no folded text: the mark at the end of
// a summary, where the rest of the text begins, is left out.
func (w *inlineWriter) unfolded(text *html.Node) string {
	if w.table && text.Parent != nil && text.Parent.Data == "summary" {
		return strings.TrimSuffix(text.Data, "…")
	}
	return text.Data
}

func (w *inlineWriter) node(node *html.Node) {
	switch node.Type {
	case html.TextNode:
		w.text(w.unfolded(node))
		return
	case html.ElementNode:
	default:
		return
	}
	if class, _ := attr(node, "class"); class == "math-inline" || class == "math-display" {
		w.math(codeText(node), class == "math-display")
		return
	}
	w.anchor(node)
	inner := nodesUnder(node)
	switch node.Data {
	case "br":
		w.lineBreak()
	case "em", "i", "cite", "dfn", "var":
		w.delimited(node, "_", "em")
	case "strong", "b", "th":
		w.delimited(node, "**", "strong")
	case "del", "s", "strike":
		w.delimited(node, "~~", "del")
	case "sub", "sup", "kbd", "ins":
		w.tagged(node, node.Data)
	case "u":
		w.tagged(node, "ins")
	case "code", "tt", "samp", "pre":
		w.code(codeText(node))
	case "a":
		w.link(node)
	case "img":
		w.picture(node)
	case "input":
		box := `[ ]`
		if _, ok := attr(node, "checked"); ok {
			box = `[x]`
		}
		w.raw(box, ']')
		w.space = true
	default:
		apart := isBlock(node)
		if apart && w.last != 0 {
			w.blockBreak()
		}
		w.nodes(inner)
		if apart {
			w.space = true
		}
	}
}

// blockBreak separates blocks in a place that holds one paragraph.
func (w *inlineWriter) blockBreak() {
	if w.table {
		w.lineBreak()
		return
	}
	w.space = true
}

func (w *inlineWriter) lineBreak() {
	w.space = false
	if w.last == 0 {
		return
	}
	if w.table {
		w.out.WriteString("<br>")
	} else {
		w.out.WriteString("\\\n")
	}
	w.last = 0
}

// text writes plain text, with its white space collapsed.
func (w *inlineWriter) text(text string) {
	for text != "" {
		word := text
		if end := strings.IndexAny(text, " \t\n\r\f"); end >= 0 {
			word = text[:end]
		}
		if word == "" {
			w.space = true
			text = text[1:]
			continue
		}
		text = text[len(word):]
		start := w.last == 0 && !w.table
		last, _ := utf8.DecodeLastRuneInString(word)
		w.raw(escapeMarkdown(word, start), last)
	}
}

// lineStart matches a word that begins a block at the start of a line.
var lineStart = regexp.MustCompile(`^(?:#{1,6}|[+]|[=:-]+|\d{1,9}[.)])$`)

// entity matches the start of a character reference, which Markdown decodes.
var entity = regexp.MustCompile(`^&(?:#[xX]?)?[0-9A-Za-z]+;?`)

// escapeMarkdown escapes a word so that Markdown shows its characters. start states that the word
// starts a line.
func escapeMarkdown(word string, start bool) string {
	var out strings.Builder
	if start && lineStart.MatchString(word) {
		at := strings.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' })
		out.WriteString(word[:at] + `\`)
		out.WriteByte(word[at])
		word = word[at+1:]
	}
	for i, r := range word {
		switch {
		case r == '<':
			out.WriteString("&lt;")
		case r == '>':
			out.WriteString("&gt;")
		case r == '&' && entity.MatchString(word[i:]):
			out.WriteString("&amp;")
		case strings.ContainsRune("\\`*[]~$|", r), r == '_' && !within(word, i), r == '!' && strings.HasSuffix(word[:i+1], "!") && i+1 == len(word):
			out.WriteRune('\\')
			out.WriteRune(r)
		case r == 0 || r == utf8.RuneError:
			out.WriteRune(utf8.RuneError)
		case unicode.IsControl(r):
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// within reports whether the character at i stands between letters or digits.
func within(word string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(word[:i])
	after, _ := utf8.DecodeRuneInString(word[i+1:])
	return isWord(before) && isWord(after)
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// delimited writes an element between delimiters, or as its HTML tag where Markdown would not
// recognise them.
func (w *inlineWriter) delimited(node *html.Node, delimiter, tag string) {
	text := textOf(node)
	if text == "" {
		w.nodes(nodesUnder(node)) // a picture, or nothing
		return
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	before, after := w.last, runeAfter(node)
	if w.space || leadingSpace(node) {
		before = ' '
	}
	open := before == 0 || before == ' '
	closed := after == 0 || unicode.IsSpace(after) || strings.ContainsRune(".,;:!?)", after)
	if !open || !closed || !isWord(first) || !isWord(last) || insideItself(node) {
		w.tagged(node, tag)
		return
	}
	w.raw(delimiter, w.last)
	w.spaceless(node)
	w.out.WriteString(delimiter)
	w.last = last
	w.space = w.space || trailingSpace(node)
}

// tagged writes an element as HTML with Markdown in it.
func (w *inlineWriter) tagged(node *html.Node, tag string) {
	w.space = w.space || leadingSpace(node)
	w.raw("<"+tag+">", '>')
	w.spaceless(node)
	w.out.WriteString("</" + tag + ">")
	w.last = '>'
	w.space = w.space || trailingSpace(node)
}

// spaceless writes an element's content without the white space around it.
func (w *inlineWriter) spaceless(node *html.Node) {
	before := w.last
	w.last, w.space = 'x', false
	start := w.out.Len()
	w.nodes(nodesUnder(node))
	if w.out.Len() == start {
		w.last = before
		return
	}
	w.space = false
}

// code writes inline code.
func (w *inlineWriter) code(text string) {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	text = strings.Map(dropControl, text)
	if strings.TrimSpace(text) == "" {
		w.space = w.space || text != ""
		return
	}
	fence := backticks(text, 1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") {
		text = " " + text + " "
	}
	if w.table {
		text = strings.ReplaceAll(text, "|", `\|`)
	}
	w.raw(fence+text+fence, '`')
}

// backticks returns a fence that is longer than every run of backticks in the text.
func backticks(text string, shortest int) string {
	longest, run := 0, 0
	for _, r := range text {
		if r == '`' {
			run++
			longest = max(longest, run)
			continue
		}
		run = 0
	}
	return strings.Repeat("`", max(shortest, longest+1))
}

// math writes a formula. Its TeX has no characters that begin HTML or end the formula.
func (w *inlineWriter) math(tex string, display bool) {
	tex = strings.Join(strings.Fields(mathTeX.Replace(tex)), " ")
	if tex == "" {
		return
	}
	if w.table {
		tex = strings.ReplaceAll(tex, "|", `\|`)
	}
	if display {
		w.raw("$$"+tex+"$$", '$')
		return
	}
	w.raw("$"+tex+"$", '$')
}

// mathTeX writes what would end a formula, or begin HTML in a viewer without formulas.
var mathTeX = strings.NewReplacer("<", `\lt `, ">", `\gt `, `\$`, `\$`, "$", `\$`, "`", "'")

func (w *inlineWriter) link(node *html.Node) {
	href, ok := attr(node, "href")
	inner := inlineMarkdown(nodesUnder(node), w.table)
	if !ok || href == "" || strings.TrimSpace(inner) == "" || insideItself(node) {
		w.nodes(nodesUnder(node))
		return
	}
	w.space = w.space || leadingSpace(node)
	title, _ := attr(node, "title")
	if title != "" {
		title = ` "` + strings.ReplaceAll(escapeMarkdown(strings.Join(strings.Fields(title), " "), false), `"`, `\"`) + `"`
	}
	w.raw("["+inner+"]("+destination(href)+title+")", ')')
	w.space = w.space || trailingSpace(node)
}

func (w *inlineWriter) picture(node *html.Node) {
	src, _ := attr(node, "src")
	alt, _ := attr(node, "alt")
	if src == "" {
		w.text("[" + alt + "]")
		return
	}
	w.raw("!["+escapeMarkdown(strings.Join(strings.Fields(alt), " "), false)+"]("+destination(src)+")", ')')
}

// anchor keeps the target of a link that is no heading.
func (w *inlineWriter) anchor(node *html.Node) {
	if id, ok := attr(node, "id"); ok && id != "" && !isHeading(node) {
		w.raw(`<a id="`+html.EscapeString(id)+`"></a>`, w.last)
	}
}

// destination writes the target of a link or picture.
func destination(href string) string {
	return destinations.Replace(href)
}

var destinations = strings.NewReplacer(" ", "%20", "\t", "%09", "\n", "", "\r", "", "(", "%28", ")", "%29",
	"<", "%3C", ">", "%3E", `\`, "%5C", "|", "%7C", "`", "%60", "*", "%2A", `"`, "%22", "&", "&amp;")

func dropControl(r rune) rune {
	if unicode.IsControl(r) && r != '\t' {
		return -1
	}
	return r
}
