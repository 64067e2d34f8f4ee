package render

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// blockMarkdown returns sanitised nodes as Markdown blocks in GitHub's dialect, separated by blank
// lines. Text is escaped, so that a viewer shows its characters.
func blockMarkdown(nodes []*html.Node) string {
	return strings.Join(markdownBlocks(nodes), "\n\n")
}

func markdownBlocks(nodes []*html.Node) []string {
	var blocks []string
	var run []*html.Node // inline nodes that make a paragraph
	add := func(block string) {
		if strings.TrimSpace(block) != "" {
			blocks = append(blocks, block)
		}
	}
	flush := func() {
		add(inlineMarkdown(run, false))
		run = nil
	}
	list := ""
	for _, node := range nodes {
		display, _ := attr(node, "class")
		if !isBlock(node) && !(display == "math-display" && len(run) == 0) {
			if node.Type == html.ElementNode && hasBlocks(node) { // such as a link around blocks
				flush()
				add(blockMarkdown(nodesUnder(node)))
				continue
			}
			run = append(run, node)
			continue
		}
		flush()
		isList := node.Data == "ul" || node.Data == "ol"
		if isList && list == node.Data {
			add("<!-- -->") // else Markdown would join two lists
		}
		add(markdownBlock(node))
		if list = ""; isList {
			list = node.Data
		}
	}
	flush()
	return blocks
}

// hasBlocks reports whether an inline element contains blocks.
func hasBlocks(node *html.Node) bool {
	for child := range node.Descendants() {
		if isBlock(child) {
			return true
		}
	}
	return false
}

func markdownBlock(node *html.Node) string {
	anchor := ""
	if id, _ := attr(node, "id"); id != "" && !isHeading(node) {
		anchor = `<a id="` + html.EscapeString(id) + `"></a>` + "\n\n"
	}
	if class, _ := attr(node, "class"); class == "math-display" {
		return anchor + displayMath(codeText(node))
	}
	inner := nodesUnder(node)
	switch node.Data {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		title := strings.ReplaceAll(inlineMarkdown(inner, false), "\\\n", " ")
		if title == "" {
			return ""
		}
		return strings.Repeat("#", int(node.Data[1]-'0')) + " " + escapeClosing(title)
	case "hr":
		return "***"
	case "pre":
		return anchor + fenced(codeLanguage(node), codeText(node))
	case "blockquote":
		return prefixed(anchor+blockMarkdown(inner), "> ", "> ")
	case "ul", "ol":
		return anchor + markdownList(node)
	case "table":
		return anchor + markdownTable(node)
	case "details":
		return anchor + markdownDetails(node)
	case "dt":
		return anchor + "**" + inlineMarkdown(inner, false) + "**"
	case "dd":
		return prefixed(anchor+blockMarkdown(inner), "> ", "> ")
	}
	return anchor + blockMarkdown(inner)
}

// escapeClosing escapes a number sign at the end of a heading, which Markdown drops after a space.
func escapeClosing(title string) string {
	trimmed := strings.TrimRight(title, "#")
	if trimmed == title || !strings.HasSuffix(trimmed, " ") {
		return title
	}
	return trimmed + strings.Repeat(`\#`, len(title)-len(trimmed))
}

// displayMath writes a formula as a block.
func displayMath(tex string) string {
	var lines []string
	for line := range strings.Lines(mathTeX.Replace(tex)) {
		if line = strings.TrimSpace(strings.Map(dropControl, line)); line != "" {
			lines = append(lines, line)
		}
	}
	if lines == nil {
		return ""
	}
	return "$$\n" + strings.Join(lines, "\n") + "\n$$"
}

var languageName = regexp.MustCompile(`(?:^|\s)language-([A-Za-z0-9+#_.-]+)`)

// codeLanguage returns the language of the code in a pre element; "" if it has none.
func codeLanguage(pre *html.Node) string {
	for _, code := range elements(pre, "code") {
		class, _ := attr(code, "class")
		if m := languageName.FindStringSubmatch(class); m != nil {
			return m[1]
		}
	}
	return ""
}

// fenced writes a block of code, or of output without a language. Spaces at the ends of its lines,
// which progress bars leave, are dropped.
func fenced(language, text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return dropControl(r)
	}, text)
	text = trailingSpaces.ReplaceAllString(strings.Trim(text, "\n"), "")
	if strings.TrimSpace(text) == "" {
		return ""
	}
	fence := backticks(text, 3)
	return fence + language + "\n" + text + "\n" + fence
}

var trailingSpaces = regexp.MustCompile(`(?m)[ \t]+$`)

// prefixed puts a prefix before the first line of a text, and another before the others. Blank
// lines get no spaces.
func prefixed(text, first, others string) string {
	var out strings.Builder
	prefix := first
	for line := range strings.Lines(text) {
		if line == "\n" {
			out.WriteString(strings.TrimRight(prefix, " ") + "\n")
		} else {
			out.WriteString(prefix + line)
		}
		prefix = others
	}
	return out.String()
}

func markdownList(list *html.Node) string {
	number := 1
	if start, ok := attr(list, "start"); ok {
		if n, err := strconv.Atoi(start); err == nil && n >= 0 && n < 1e8 {
			number = n
		}
	}
	loose := false
	var items []string
	for _, item := range nodesUnder(list) {
		if item.Type != html.ElementNode {
			continue
		}
		marker := "- "
		if list.Data == "ol" {
			marker = strconv.Itoa(number) + ". "
			number++
		}
		inner := []*html.Node{item}
		if item.Data == "li" {
			inner = nodesUnder(item)
			loose = loose || firstElement(item) == "p"
		}
		blocks := markdownBlocks(inner)
		separator := "\n\n"
		if len(blocks) > 1 && firstElement(item) != "p" && strings.HasPrefix(strings.TrimLeft(blocks[1], " 0123456789"), blockStart(blocks[1])) {
			separator = "\n" // a list under its item
		}
		text := strings.Join(blocks, separator)
		if text == "" {
			text = "<!-- -->"
		}
		items = append(items, prefixed(text, marker, strings.Repeat(" ", len(marker))))
	}
	if loose {
		return strings.Join(items, "\n\n")
	}
	return strings.Join(items, "\n")
}

// blockStart returns the marker with which a list begins; a character that begins no block for
// other blocks.
func blockStart(block string) string {
	switch {
	case strings.HasPrefix(block, "- "):
		return "- "
	case orderedStart.MatchString(block):
		return ". "
	}
	return "\x00"
}

var orderedStart = regexp.MustCompile(`^\d+\. `)

// firstElement returns the name of the first element under a node, unless text precedes it.
func firstElement(node *html.Node) string {
	for child := range node.ChildNodes() {
		if child.Type == html.ElementNode {
			return child.Data
		}
		if strings.TrimSpace(child.Data) != "" {
			return ""
		}
	}
	return ""
}

func markdownDetails(details *html.Node) string {
	title, open := "Details", ""
	var inner []*html.Node
	for _, child := range nodesUnder(details) {
		if child.Type == html.ElementNode && child.Data == "summary" {
			title = textOf(child)
			continue
		}
		inner = append(inner, child)
	}
	if _, ok := attr(details, "open"); ok {
		open = " open"
	}
	return foldedMarkdown(title, open, blockMarkdown(inner))
}

// foldedMarkdown writes a closed section. Its first lines are HTML, in which Markdown has no
// meaning.
func foldedMarkdown(title, attributes, content string) string {
	title = html.EscapeString(strings.Join(strings.Fields(title), " "))
	return "<details" + attributes + ">\n<summary>" + title + "</summary>\n\n" + content + "\n\n</details>"
}
