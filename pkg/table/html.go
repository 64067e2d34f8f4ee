package table

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/internal/tablescript"
)

// shortName is the width of the longest name of a row that stays on one line, in columns.
const shortName = 14

// foldAt is the length of the beginning of a folded text, in columns.
const foldAt = 80

// Styles are in attributes: viewers remove style elements sooner than these. Jupyter's style
// sheet aligns all cells to the right, so each cell states its alignment. The header's
// background hides the rows that scroll under it.
const (
	regionStyle = "max-height:32em;max-width:100%;overflow:auto"
	tableStyle  = "border-collapse:collapse;margin:0"
	headStyle   = "position:sticky;top:0;background:var(--jp-layout-color0,var(--vscode-editor-background,Canvas));vertical-align:bottom;padding:.3em .7em"
	cellStyle   = "vertical-align:top;padding:.3em .7em"
	foldStyle   = "min-width:12em;max-width:44em"
	nameStyle   = "min-width:8em"  // of the name of a row that does not stay on one line
	longStyle   = "min-width:12em" // of a text that needs several lines
)

// HTML returns the table as a fragment for a page: the table, and a script that adds sorting
// and a button to copy all cells. The same table has the same HTML in every run.
func (t *Table) HTML() string {
	id := t.id()
	return fmt.Sprintf("<div id=\"%s\" class=\"lorabook-table\">%s<script>%s</script></div>\n", id, t.tableHTML(), tablescript.Table(id))
}

// tableHTML returns the table in the region that scrolls it.
func (t *Table) tableHTML() string {
	label := t.caption
	if label == "" {
		label = "Table"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "<div role=\"region\" aria-label=\"%s\" tabindex=\"0\" style=\"%s\">\n<table class=\"dataframe\" style=\"%s\">\n",
		escape(label), regionStyle, tableStyle)
	if t.caption != "" {
		fmt.Fprintf(&out, "<caption style=\"text-align:left;caption-side:top\">%s</caption>\n", escape(t.caption))
	}
	aligned := make([]string, len(t.columns)) // the alignment of a cell, for viewers with and without styles
	out.WriteString("<thead><tr>")
	for i, c := range t.columns {
		aligned[i] = `align="left" style="text-align:left;`
		if t.isNumeric(i) {
			aligned[i] = `align="right" style="text-align:right;`
		}
		fmt.Fprintf(&out, "<th scope=\"col\" %s%s\">%s</th>", aligned[i], headStyle, escape(c.header()))
	}
	out.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range t.rows {
		out.WriteString("<tr>")
		for i, c := range row {
			out.WriteString(t.cellHTML(c, i, aligned[i]))
		}
		out.WriteString("</tr>\n")
	}
	out.WriteString("</tbody>\n</table></div>")
	return out.String()
}

// isRowHeader reports whether the cell heads its row: in the first column, unless it is empty, a
// number or folded.
func (c cell) isRowHeader(column int) bool {
	text := printable.Line(c.text)
	_, rest := fold(text)
	return column == 0 && !c.numeric && text != "" && rest == ""
}

// cellHTML returns a cell of a column.
func (t *Table) cellHTML(c cell, column int, aligned string) string {
	value := ""
	switch {
	case math.IsInf(c.value, 0): // as JavaScript reads it
		value = fmt.Sprintf(` data-value="%s"`, strings.NewReplacer("+", "", "Inf", "Infinity").Replace(fmt.Sprint(c.value)))
	case c.sortable():
		value = fmt.Sprintf(` data-value="%v"`, c.value)
	case c.numeric:
		value = ` data-none="true"`
	}
	text := printable.Line(c.text)
	head, rest := fold(text)
	if rest != "" {
		return fmt.Sprintf("<td %s%s;%s\"%s><details><summary>%s …</summary><span>%s</span></details></td>",
			aligned, cellStyle, foldStyle, value, escape(head), escape(rest))
	}
	switch width := uniseg.StringWidth(text); {
	case width > foldAt/2:
		aligned += longStyle + ";"
	case c.isRowHeader(column) && width > shortName:
		aligned += nameStyle + ";"
	case c.isRowHeader(column):
		aligned += "white-space:nowrap;"
	}
	if c.isRowHeader(column) {
		return fmt.Sprintf("<th scope=\"row\" %s%s\"%s>%s</th>", aligned, cellStyle, value, escape(text))
	}
	return fmt.Sprintf("<td %s%s\"%s>%s</td>", aligned, cellStyle, value, escape(text))
}

// fold cuts a long text after a word near foldAt. rest is empty if the text is short.
func fold(text string) (head, rest string) {
	if uniseg.StringWidth(text) <= foldAt+foldAt/2 {
		return text, ""
	}
	width, cut, space := 0, 0, 0
	for g := uniseg.NewGraphemes(text); g.Next() && width < foldAt; {
		from, to := g.Positions()
		if g.Str() == " " {
			space = from
		}
		width, cut = width+g.Width(), to
	}
	if space > cut/2 {
		cut = space
	}
	return text[:cut], strings.TrimSpace(text[cut:])
}

// escape returns the text for a page, where numbers stay on the line of their units.
func escape(text string) string { return html.EscapeString(numerals.Unbroken(text)) }

// id derives the identifier of the table in a page from its content.
func (t *Table) id() string {
	texts := make([][]string, len(t.rows))
	for i, row := range t.rows {
		for _, c := range row {
			texts[i] = append(texts[i], c.text)
		}
	}
	content, _ := json.Marshal([]any{t.caption, t.columns, texts}) // strings: it has no way to fail
	sum := sha256.Sum256(content)
	return tablescript.TablePrefix + hex.EncodeToString(sum[:6])
}
