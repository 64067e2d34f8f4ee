package data

import (
	"slices"
	"strings"
)

// noColumn as a name uses no column, also where one would be found.
const noColumn = "-"

// wantedColumns are the names of the columns that a caller wants, as in data.Columns. Empty
// ones are found.
type wantedColumns struct {
	Text, TextPair, Label, ID, Split string
}

// names reports whether a field names this column.
func (c wantedColumns) names(column string) bool {
	for _, names := range []string{c.Text, c.TextPair, c.Label, c.ID, c.Split} {
		if names != "" && (names == column || slices.Contains(strings.Split(names, ","), column)) {
			return true
		}
	}
	return false
}

// taskName is the task that the labels are read for, a value of data.Task.
type taskName string

const (
	singleLabel taskName = "single_label_classification"
	multiLabel  taskName = "multi_label_classification"
	regression  taskName = "regression"
)
