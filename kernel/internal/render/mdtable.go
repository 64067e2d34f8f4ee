package render

import (
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"
)

// maxSpan bounds how many cells one cell may cover.
const maxSpan = 100

// markdownTable writes a table in GitHub's dialect. A cell that covers several has its content in
// the first; without a header row, the header is empty.
func markdownTable(table *html.Node) string {
	var rows [][]string
	var aligns []string
	headed := false
	covered := map[[2]int]bool{} // by cells of rows above
	for r, row := range tableRows(table) {
		var cells []string
		heads := 0
		place := func(text string) { cells = append(cells, text) }
		for _, cell := range nodesUnder(row) {
			if cell.Type != html.ElementNode || cell.Data != "td" && cell.Data != "th" {
				continue
			}
			for covered[[2]int{r, len(cells)}] {
				place("")
			}
			if cell.Data == "th" {
				heads++
			}
			if len(aligns) <= len(cells) {
				aligns = append(aligns, make([]string, len(cells)+1-len(aligns))...)
			}
			if aligns[len(cells)] == "" {
				aligns[len(cells)] = alignment(cell)
			}
			columns, lines := span(cell, "colspan"), span(cell, "rowspan")
			for i := range columns {
				for j := 1; j < lines; j++ {
					covered[[2]int{r + j, len(cells)}] = true
				}
				text := ""
				if i == 0 {
					text = strings.TrimSuffix(inlineMarkdown(nodesUnder(cell), true), "<br>")
				}
				place(text)
			}
		}
		if r == 0 {
			headed = len(cells) > 0 && heads == len(cells) || row.Parent.Data == "thead"
		}
		if len(cells) > 0 {
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		return ""
	}
	if !headed {
		rows = append([][]string{nil}, rows...)
	}
	text := layTable(rows, aligns)
	for _, caption := range elements(table, "caption") {
		if title := inlineMarkdown(nodesUnder(caption), false); title != "" {
			text = title + "\n\n" + text
		}
	}
	return text
}

// tableRows returns the rows of a table, without those of tables inside it.
func tableRows(table *html.Node) []*html.Node {
	var rows []*html.Node
	for _, part := range nodesUnder(table) {
		switch part.Data {
		case "tr":
			rows = append(rows, part)
		case "thead", "tbody", "tfoot":
			for _, row := range nodesUnder(part) {
				if row.Data == "tr" {
					rows = append(rows, row)
				}
			}
		}
	}
	return rows
}

func span(cell *html.Node, key string) int {
	text, _ := attr(cell, key)
	n, err := strconv.Atoi(text)
	if err != nil {
		return 1
	}
	return min(max(n, 1), maxSpan)
}

// alignment returns "left", "right", "center" or "".
func alignment(cell *html.Node) string {
	align, _ := attr(cell, "align")
	if style, _ := attr(cell, "style"); align == "" {
		_, value, _ := strings.Cut(strings.ReplaceAll(style, " ", ""), "text-align:")
		align, _, _ = strings.Cut(value, ";")
	}
	switch align {
	case "left", "right", "center":
		return align
	}
	return ""
}

// widest is the width up to which the cells of a column are padded, in characters.
const widest = 48

func layTable(rows [][]string, aligns []string) string {
	columns := 0
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	widths := make([]int, columns)
	for c := range columns {
		widths[c] = 3
		for _, row := range rows {
			if c < len(row) {
				widths[c] = max(widths[c], min(uniseg.StringWidth(row[c]), widest))
			}
		}
	}
	var out strings.Builder
	for r, row := range rows {
		for c := range columns {
			text := ""
			if c < len(row) {
				text = row[c]
			}
			pad := strings.Repeat(" ", max(0, widths[c]-uniseg.StringWidth(text)))
			if c < len(aligns) && aligns[c] == "right" {
				text = pad + text
			} else {
				text += pad
			}
			out.WriteString("| " + text + " ")
		}
		out.WriteString("|\n")
		if r > 0 {
			continue
		}
		for c := range columns {
			rule := strings.Repeat("-", widths[c])
			switch {
			case c >= len(aligns):
			case aligns[c] == "right":
				rule = rule[1:] + ":"
			case aligns[c] == "center":
				rule = ":" + rule[2:] + ":"
			case aligns[c] == "left":
				rule = ":" + rule[1:]
			}
			out.WriteString("| " + rule + " ")
		}
		out.WriteString("|\n")
	}
	return strings.TrimSuffix(out.String(), "\n")
}
