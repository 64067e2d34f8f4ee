package table

import (
	"fmt"
	"io"
	"os"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/internal/cellscreen"
	"github.com/lorabook/lorabook/internal/printable"
)

// maxShown bounds the rows of an output in a notebook, which holds each of them three times.
const maxShown = 1000

// Show displays the table as the output of the notebook's cell that runs, as HTML, Markdown and
// text, of which each viewer takes the richest that it supports. Of a table with more than
// 1,000 rows it displays the first 1,000, and the caption says so; [Table.HTML],
// [Table.Markdown] and [Table.Text] return all.
//
// Outside a GoNB notebook Show prints [Table.Text] on the standard output. The error is that of
// [Table.Err], or one of the connection to the notebook.
func Show(t *Table) error { return show(t, os.Stdout) }

func show(t *Table, out io.Writer) error {
	if err := t.Err(); err != nil {
		return err
	}
	if !cellscreen.InNotebook() {
		_, err := io.WriteString(out, t.Text())
		return err
	}
	if err := cellscreen.Update(cellscreen.NewID(), t.forms(), nil); err != nil {
		return fmt.Errorf("table %q: %w", t.caption, err)
	}
	return cellscreen.Flush()
}

// forms returns the table's output in a notebook.
func (t *Table) forms() map[protocol.MIMEType]any {
	shown := *t
	if n := len(t.rows); n > maxShown {
		shown.rows = t.rows[:maxShown]
		shown.caption = printable.Line(fmt.Sprintf("%s (the first %d of %d rows)", t.caption, maxShown, n))
	}
	return map[protocol.MIMEType]any{
		protocol.MIMETextHTML: shown.HTML(), protocol.MIMETextMarkdown: shown.Markdown(), protocol.MIMETextPlain: shown.Text(),
	}
}
