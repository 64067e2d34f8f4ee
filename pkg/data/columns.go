package data

import (
	"fmt"
	"slices"
)

// columnKind is what a column's values are, by the physical and the logical type.
type columnKind int

const (
	unusable columnKind = iota
	stringColumn
	integerColumn
	numberColumn // with a fractional part
	uuidColumn
	nullColumn // every value is null
)

// columnUses are the columns that are read, by the kinds that serve them. A
// column that is not required and of another kind is left out with a warning.
var columnUses = []struct {
	name     string
	kinds    []columnKind
	required bool
	want     string
}{
	{"text", []columnKind{stringColumn, nullColumn}, true, "strings"},
	{"label", []columnKind{stringColumn, integerColumn, nullColumn}, true, "strings or integers"},
	{"split", []columnKind{stringColumn, nullColumn}, true, "strings"},
	{"id", []columnKind{stringColumn, integerColumn, numberColumn, uuidColumn, nullColumn}, false, "strings or numbers"},
	{"rating", []columnKind{stringColumn, integerColumn, numberColumn, nullColumn}, false, "numbers"},
}

// chooseColumns finds the columns to read, by their place in names. kindOf tells
// the kind of a column and the name of its type, for errors.
func chooseColumns(names []string, kindOf func(at int) (columnKind, string), to rows) ([]int, error) {
	var chosen []int
	for _, use := range columnUses {
		at := slices.Index(names, use.name)
		switch {
		case at < 0 && (use.name == "text" || use.name == "label" && !to.unlabelled):
			return nil, fmt.Errorf("there is no column %q: want text and label, found %q", use.name, names)
		case at < 0:
			continue
		case slices.Contains(names[at+1:], use.name):
			return nil, fmt.Errorf("there are two columns %q: want one", use.name)
		}
		kind, typeName := kindOf(at)
		if !slices.Contains(use.kinds, kind) {
			if use.required && !(use.name == "label" && to.textsOnly) {
				return nil, fmt.Errorf("column %q is of type %s: want %s; cast the column and save the file again",
					use.name, typeName, use.want)
			}
			to.warn(fmt.Sprintf("column %q is of type %s and was left out: %s are read", use.name, typeName, use.want))
			continue
		}
		chosen = append(chosen, at)
	}
	return chosen, nil
}
