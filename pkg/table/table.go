package table

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/internal/printable"
)

// Table is a caption and rows of cells. [New] and [FromStructs] make one.
type Table struct {
	caption string
	columns []Column
	rows    [][]cell
	err     error // the first of Add
}

// Column describes the cells of a column.
type Column struct {
	Name string // required, and different from the other columns' names
	Unit string // of the numbers, shown behind the name; default none
	// Format is the verb of package fmt for numbers, such as "%.1f"; default "%v", of
	// floating-point numbers "%.4g". A comma behind the per cent sign, as in "%,d" and "%,.0f",
	// groups thousands: 24,962.
	Format string
}

// header is the text above the column.
func (c Column) header() string {
	if c.Unit == "" {
		return c.Name
	}
	return c.Name + ", " + c.Unit
}

// RowError reports a row or a column that a table cannot hold.
type RowError struct {
	Table  string // its caption
	Row    int    // counted from 0; -1 for the columns
	Reason string // the value found and the value expected
}

// Error implements error.
func (e *RowError) Error() string {
	if e.Row < 0 {
		return fmt.Sprintf("table %q: columns: %s", e.Table, e.Reason)
	}
	return fmt.Sprintf("table %q: row %d: %s", e.Table, e.Row, e.Reason)
}

// New returns a table without rows.
func New(caption string, columns ...Column) *Table {
	t := &Table{caption: printable.Line(caption), columns: make([]Column, len(columns))}
	seen := map[string]bool{}
	for i, c := range columns {
		c.Name, c.Unit = printable.Line(c.Name), printable.Line(c.Unit)
		t.columns[i] = c
		switch {
		case c.Name == "":
			t.fail(-1, "column %d has no name, expected one", i)
		case seen[c.Name]:
			t.fail(-1, "two columns are named %q, expected different names", c.Name)
		}
		seen[c.Name] = true
	}
	if len(columns) == 0 {
		t.fail(-1, "found none, expected at least one")
	}
	return t
}

// Add adds a row with a value for each column: a string, a number, a bool, a time.Duration, a
// [Number], an error, a fmt.Stringer, a slice of strings, or a pointer to one of these. nil
// makes an empty cell. [Table.Err] returns the first error, a *RowError.
func (t *Table) Add(values ...any) {
	if len(values) != len(t.columns) {
		t.fail(len(t.rows), "has %d values, expected %d, one per column", len(values), len(t.columns))
		return
	}
	row := make([]cell, len(values))
	for i, v := range values {
		c, err := newCell(v, t.columns[i].Format)
		if err != nil {
			t.fail(len(t.rows), "column %q: %v", t.columns[i].Name, err)
			return
		}
		row[i] = c
	}
	t.rows = append(t.rows, row)
}

// fail keeps the first error.
func (t *Table) fail(row int, format string, values ...any) {
	if t.err == nil {
		t.err = &RowError{Table: t.caption, Row: row, Reason: fmt.Sprintf(format, values...)}
	}
}

// Err returns the first error of [New] and [Table.Add].
func (t *Table) Err() error {
	if t == nil {
		return errors.New("table: the table is nil: make it with New")
	}
	return t.err
}

// Caption returns the caption.
func (t *Table) Caption() string { return t.caption }

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// isNumeric reports whether a column is right-aligned and sorted by number: it has a number, and
// nothing but numbers and empty cells.
func (t *Table) isNumeric(column int) bool {
	found := false
	for _, row := range t.rows {
		c := row[column]
		if !c.numeric && c.text != "" {
			return false
		}
		found = found || c.numeric
	}
	return found
}
