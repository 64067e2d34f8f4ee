package data

import (
	"fmt"
	"slices"
)

// columnKind classifies the values of a column by the physical and the logical type.
type columnKind int

const (
	unusable columnKind = iota
	stringColumn
	integerColumn
	numberColumn // with a fractional part
	uuidColumn
	nullColumn // every value is null
)

// columnUses lists the columns that are read and the kinds that each may have. A column of
// another kind is left out with a warning if it is not required, else it is an error.
var columnUses = []struct {
	name     string
	kinds    []columnKind
	required bool
	expected string
}{
	{"text", []columnKind{stringColumn, nullColumn}, true, "strings"},
	{"label", []columnKind{stringColumn, integerColumn, nullColumn}, true, "strings or integers"},
	{"split", []columnKind{stringColumn, nullColumn}, true, "strings"},
	{"id", []columnKind{stringColumn, integerColumn, numberColumn, uuidColumn, nullColumn}, false, "strings or numbers"},
	{"rating", []columnKind{stringColumn, integerColumn, numberColumn, nullColumn}, false, "numbers"},
}

// chooseColumns returns the indices of the columns to read. kindOf returns the kind of a
// column and the name of its type, for errors.
func chooseColumns(names []string, kindOf func(at int) (columnKind, string), sink recordSink) ([]int, error) {
	var chosen []int
	for _, use := range columnUses {
		at := slices.Index(names, use.name)
		switch {
		case at < 0 && (use.name == "text" || use.name == "label" && !sink.unlabelled):
			return nil, fmt.Errorf("there is no column %q: expected text and label, found %q", use.name, names)
		case at < 0:
			continue
		case slices.Contains(names[at+1:], use.name):
			return nil, fmt.Errorf("there are two columns %q: expected one", use.name)
		}
		kind, typeName := kindOf(at)
		if !slices.Contains(use.kinds, kind) {
			if use.required && !(use.name == "label" && sink.textsOnly) {
				return nil, fmt.Errorf("column %q is of type %s: expected %s; cast the column and save the file again",
					use.name, typeName, use.expected)
			}
			sink.warn(fmt.Sprintf("column %q is of type %s and was left out: %s are read", use.name, typeName, use.expected))
			continue
		}
		chosen = append(chosen, at)
	}
	return chosen, nil
}
