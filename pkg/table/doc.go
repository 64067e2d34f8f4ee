// Package table draws tables of results: as HTML for a notebook, as Markdown, and as aligned
// text for a terminal.
//
//	t := table.New("Adapters", table.Column{Name: "name"}, table.Column{Name: "size", Unit: "kB", Format: "%.1f"})
//	t.Add("r 4", 51.25)
//	t.Add("r 8", 99.0)
//	if err := table.Show(t); err != nil {
//		return err // *RowError
//	}
//
// [FromStructs] makes a table of a slice of structs, with a column per field.
//
// In a notebook, a column of numbers is right-aligned, a long text is folded after its
// beginning, and a long table scrolls under its header. A click on a column's name sorts the
// rows, and a button copies all cells as tab-separated values. Both need a script; a viewer
// that removes scripts (GitHub, a notebook that is not trusted, the pages of `kernel render`)
// shows the same table without them. The table takes its colours from the page, light or dark.
// Its caption and the scope of its header cells describe it to screen readers. All texts are
// escaped.
package table
