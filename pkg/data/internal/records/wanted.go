package records

import (
	"slices"
	"strings"
)

// NoColumn as a name uses no column, also where one would be found.
const NoColumn = "-"

// Columns are the names of the columns that a caller wants, as in data.Columns. Empty
// ones are found. Text and Label may be several names, separated by commas.
type Columns struct {
	Text, TextPair, Label, ID, Split string
}

// Names reports whether a field names this column.
func (c Columns) Names(column string) bool {
	for _, names := range []string{c.Text, c.TextPair, c.Label, c.ID, c.Split} {
		if names != "" && (names == column || slices.Contains(strings.Split(names, ","), column)) {
			return true
		}
	}
	return false
}

// Task is the task that the labels are read for, a value of data.Task.
type Task string

const (
	singleLabel Task = "single_label_classification"
	multiLabel  Task = "multi_label_classification"
	regression  Task = "regression"

	// TokenClassification reads lists of words and of tags.
	TokenClassification Task = "token_classification"
)
