package render

import (
	"testing"

	"github.com/lorabook/lorabook/pkg/table"
)

// A table of pkg/table is a table in every format.
func TestTablesOfResults(t *testing.T) {
	results := table.New("Adapters", table.Column{Name: "name"}, table.Column{Name: "size", Unit: "kB", Format: "%.1f"})
	results.Add("r 4 <b> | *all*", 51.25)
	results.Add("r 8", 99.0)
	output := display(tree{"text/html": results.HTML(), "text/plain": results.Text()})
	_, main := renderCells(t, false, codeCell("t()", output))
	has(t, main, "<caption", "<th scope=\"row\"", "r 4 &lt;b&gt; | *all*")
	text, _ := renderMarkdown(t, codeCell("t()", output))
	has(t, text, "Adapters\n\n| name                     | size, kB |\n| :----------------------- | -------: |\n| r 4 &lt;b&gt; \\| \\*all\\* |     51.2 |")
	hasNot(t, text, "<a id", "<script")
}
