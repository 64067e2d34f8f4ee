package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// columnKind classifies the values of a column by the type that its file declares.
type columnKind int

const (
	unusable columnKind = iota
	stringColumn
	integerColumn
	numberColumn // with a fractional part
	boolColumn
	listColumn // of strings or integers
	uuidColumn
	nullColumn     // every value is null
	untypedColumn  // each value has its own type, as in JSON and CSV
	maxSampledRows = 1000
)

// column is a column of a table.
type column struct {
	name string
	kind columnKind
	// typeName is the declared type, for errors.
	typeName string
	// samples are the values of the first rows.
	samples []value
	// classes are the class names that the file declares for the column.
	classes []string
}

// sample returns a value of the column for error texts.
func (c column) sample() string {
	for _, v := range c.samples {
		if !v.none() {
			return v.sample()
		}
	}
	if c.kind == unusable {
		return "of type " + c.typeName
	}
	return "no value"
}

// selection are the columns that are read, by index; -1 or empty for none.
type selection struct {
	names                   []string // of all columns
	text, label             []int
	pair, id, split, rating int
	// labelNames are the classes of several label columns.
	labelNames []string
}

// role is a use of a column, with the kinds that it may have.
type role struct {
	name     string // for errors
	kinds    []columnKind
	expected string
	// required: a column of another kind is an error. Otherwise it is left out with a warning.
	required bool
}

func textRole(name string) role {
	return role{name, []columnKind{stringColumn, nullColumn}, "strings", true}
}

var (
	splitRole  = role{"split", []columnKind{stringColumn, nullColumn}, "strings", true}
	idRole     = role{"id", []columnKind{stringColumn, integerColumn, numberColumn, uuidColumn, nullColumn}, "strings or numbers", false}
	ratingRole = role{"rating", []columnKind{stringColumn, integerColumn, numberColumn, nullColumn}, "numbers", false}
)

// labelRole returns the kinds of a label column of a task.
func labelRole(task taskName, textsOnly bool) role {
	kinds := []columnKind{stringColumn, integerColumn, numberColumn, boolColumn, nullColumn}
	switch task {
	case multiLabel:
		return role{"label", append(kinds, listColumn), "lists, strings or integers", !textsOnly}
	case regression:
		return role{"label", []columnKind{stringColumn, integerColumn, numberColumn, nullColumn}, "numbers", !textsOnly}
	}
	return role{"label", kinds, "strings or integers", !textsOnly}
}

// fits reports whether a column may have a role. A column that must not is an error, or else a
// warning.
func (r role) fits(c column, sink recordSink) (bool, error) {
	if c.kind == untypedColumn || slices.Contains(r.kinds, c.kind) {
		return true, nil
	}
	if r.required {
		return false, fmt.Errorf("column %q is of type %s: expected %s; cast the column and save the file again",
			c.name, c.typeName, r.expected)
	}
	sink.warn(fmt.Sprintf("column %q is of type %s and was left out: %s are read", c.name, c.typeName, r.expected))
	return false, nil
}

// used returns the indices of the columns that are read, in ascending order.
func (s *selection) used() []int {
	all := slices.Concat(s.text, s.label)
	for _, at := range []int{s.pair, s.id, s.split, s.rating} {
		if at >= 0 {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// record makes the record of a row. at returns the value of a column.
func (s *selection) record(line int, at func(column int) value) (record, error) {
	r := record{line: line, label: null}
	var err error
	if r.text, err = s.joined(at); err != nil {
		return r, err
	}
	if r.paired = s.pair >= 0; r.paired {
		if r.pair, err = s.textOf(s.pair, at); err != nil {
			return r, err
		}
	}
	switch {
	case len(s.label) == 1:
		r.label = at(s.label[0])
	case len(s.label) > 1:
		if r.label, err = s.indicators(at); err != nil {
			return r, err
		}
	}
	if s.id >= 0 {
		v := at(s.id)
		if v.kind == listKind || v.kind == objectKind || v.kind == boolKind {
			return r, fmt.Errorf("field %q is a %s: expected an integer or a string", s.names[s.id], v.kind)
		}
		r.id = v.text
	}
	if s.split >= 0 {
		v := at(s.split)
		if v.kind != stringKind && v.kind != nullKind {
			return r, fmt.Errorf("field %q is a %s: expected a string", s.names[s.split], v.kind)
		}
		if r.split = strings.TrimSpace(v.text); r.split == "" && v.kind == stringKind {
			return r, fmt.Errorf("field %q is empty: expected the name of a split, such as %q or %q", s.names[s.split], halves.Train, halves.Test)
		}
	}
	if s.rating >= 0 {
		r.rating, err = parseRating(at(s.rating))
	}
	return r, err
}

// joined joins the columns of the text by a line break. Blank ones are left out.
func (s *selection) joined(at func(int) value) (string, error) {
	if len(s.text) == 1 {
		return s.textOf(s.text[0], at)
	}
	var parts []string
	missing := 0
	for _, column := range s.text {
		if at(column).kind == nullKind {
			missing++
			continue
		}
		part, err := s.textOf(column, at)
		if err != nil {
			return "", err
		}
		if strings.TrimSpace(part) != "" {
			parts = append(parts, part)
		}
	}
	if missing == len(s.text) {
		return "", fmt.Errorf("fields %s are missing: expected a text in one of them", quotedList(s.namesOf(s.text)))
	}
	return strings.Join(parts, "\n"), nil
}

func (s *selection) textOf(column int, at func(int) value) (string, error) {
	switch v := at(column); v.kind {
	case stringKind:
		return v.text, nil
	case nullKind:
		return "", fmt.Errorf("field %q is missing: expected a string", s.names[column])
	default:
		return "", fmt.Errorf("field %q is a %s: expected a string", s.names[column], v.kind)
	}
}

// indicators returns the list of the label columns whose value is 1.
func (s *selection) indicators(at func(int) value) (value, error) {
	list := []value{}
	for i, column := range s.label {
		v := at(column)
		switch on, ok := indicator(v); {
		case v.none():
			return null, nil
		case !ok:
			return null, fmt.Errorf("label column %q is %s: expected 0 or 1", s.names[column], v.sample())
		case on:
			list = append(list, value{text: s.labelNames[i]})
		}
	}
	return value{kind: listKind, list: list}, nil
}

// indicator reads 0 and 1 of any type.
func indicator(v value) (on, ok bool) {
	switch strings.ToLower(strings.TrimSpace(v.text)) {
	case "1", "1.0", "true":
		return true, v.kind != objectKind
	case "0", "0.0", "false":
		return false, v.kind != objectKind
	}
	return false, false
}

func (s *selection) namesOf(columns []int) []string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = s.names[column]
	}
	return names
}

// quotedList quotes names for an English sentence: "a", "b" and "c".
func quotedList(names []string) string {
	const most = 30
	var b strings.Builder
	for i, name := range names {
		switch {
		case i == most:
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			return b.String()
		case i > 0 && i == len(names)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.60q", name)
	}
	return b.String()
}
