package table

import (
	"strings"

	"github.com/rivo/uniseg"

	"github.com/lorabook/lorabook/internal/printable"
)

// textWidth is the width of a long text in [Table.Text], in columns of a terminal.
const textWidth = 60

// Text returns the table as aligned text. A text with more than 60 columns is shortened, and
// ends with "…"; the other forms contain it whole.
func (t *Table) Text() string {
	lines := make([][]string, 0, len(t.rows)+2)
	head, rule := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		head[i] = c.header()
	}
	lines = append(lines, head, rule)
	for _, row := range t.rows {
		line := make([]string, len(row))
		for i, c := range row {
			line[i] = shorten(printable.Line(c.text), textWidth)
		}
		lines = append(lines, line)
	}
	widths, numeric := make([]int, len(t.columns)), make([]bool, len(t.columns))
	for i := range numeric {
		numeric[i] = t.isNumeric(i)
	}
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], uniseg.StringWidth(text))
		}
	}
	for i := range rule {
		rule[i] = strings.Repeat("-", widths[i])
	}
	var out strings.Builder
	if t.caption != "" {
		out.WriteString(t.caption + "\n\n")
	}
	for _, line := range lines {
		var text strings.Builder
		for i, s := range line {
			if i > 0 {
				text.WriteString("  ")
			}
			space := strings.Repeat(" ", widths[i]-uniseg.StringWidth(s))
			if numeric[i] {
				text.WriteString(space + s)
			} else {
				text.WriteString(s + space)
			}
		}
		out.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	return out.String()
}

// shorten cuts a text to a width, at a character.
func shorten(s string, width int) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	head, used := "", 0
	for g := uniseg.NewGraphemes(s); g.Next() && used+g.Width() <= width-2; used += g.Width() {
		head += g.Str()
	}
	return strings.TrimRight(head, " ") + " …"
}

// markdownText escapes what has a meaning in a cell of a Markdown table.
var markdownText = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", ">", "&gt;", "&", "&amp;",
	"[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "$", `\$`, "\n", "<br>", "\t", " ",
)

// Markdown returns the table as a Markdown table, as GitHub and Jupyter render it, with the
// caption as a paragraph above it.
func (t *Table) Markdown() string {
	var out strings.Builder
	if t.caption != "" {
		out.WriteString(markdownText.Replace(t.caption) + "\n\n")
	}
	line := func(cells []string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	head, rule := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		head[i], rule[i] = markdownText.Replace(c.header()), "---"
		if t.isNumeric(i) {
			rule[i] = "--:"
		}
	}
	line(head)
	line(rule)
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = markdownText.Replace(c.text)
		}
		line(cells)
	}
	return out.String()
}
