package records

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// ColumnKind classifies the values of a column by the type that its file declares.
type ColumnKind int

const (
	Unusable      ColumnKind = iota // no role reads the type
	StringColumn                    // strings
	IntegerColumn                   // integers
	NumberColumn                    // with a fractional part
	BoolColumn                      // true and false
	ListColumn                      // of strings or integers
	UUIDColumn                      // UUIDs, as text
	NullColumn                      // every value is null
	UntypedColumn                   // each value has its own type, as in JSON and CSV
)

// MaxSampledRows is the number of first rows that determine the columns.
const MaxSampledRows = 1000

// Column is a column of a table.
type Column struct {
	Name string
	Kind ColumnKind // as the file declares it
	// TypeName is the declared type, for errors.
	TypeName string
	// Samples are the values of the first rows.
	Samples []Value
	// Classes are the class names that the file declares for the column.
	Classes []string
}

// sample returns a value of the column for error texts.
func (c Column) sample() string {
	for _, v := range c.Samples {
		if !v.None() {
			return v.Sample()
		}
	}
	if c.Kind == Unusable {
		return "of type " + c.TypeName
	}
	return "no value"
}

// Selection are the columns that are read, by index; -1 or empty for none.
type Selection struct {
	Names                   []string // of all columns
	text, label             []int
	pair, id, split, rating int
	words                   bool // the text is a list of words
	rows                    bool // the text is one word of a sentence
	// sentence are the columns with the number of the sentence of a word, and sentenceIDs states that it is the id.
	sentence    []int
	sentenceIDs bool
	// labelNames are the classes of several label columns.
	labelNames []string
}

// role is a use of a column, with the kinds that it may have.
type role struct {
	name     string // for errors
	kinds    []ColumnKind
	expected string
	// required: a column of another kind is an error. Otherwise it is left out with a warning.
	required bool
}

func textRole(name string) role {
	return role{name, []ColumnKind{StringColumn, NullColumn}, "strings", true}
}

var (
	splitRole  = role{"split", []ColumnKind{StringColumn, NullColumn}, "strings", true}
	idRole     = role{"id", []ColumnKind{StringColumn, IntegerColumn, NumberColumn, UUIDColumn, NullColumn}, "strings or numbers", false}
	ratingRole = role{"rating", []ColumnKind{StringColumn, IntegerColumn, NumberColumn, NullColumn}, "numbers", false}
)

// labelRole returns the kinds of a label column of a task.
func labelRole(task Task, textsOnly bool) role {
	kinds := []ColumnKind{StringColumn, IntegerColumn, NumberColumn, BoolColumn, NullColumn}
	switch task {
	case TokenClassification:
		return listRole("label")
	case multiLabel:
		return role{"label", append(kinds, ListColumn), "lists, strings or integers", !textsOnly}
	case regression:
		return role{"label", []ColumnKind{StringColumn, IntegerColumn, NumberColumn, NullColumn}, "numbers", !textsOnly}
	}
	return role{"label", kinds, "strings or integers", !textsOnly}
}

// fits reports whether a column may have a role. A column that must not is an error, or else a
// warning.
func (r role) fits(c Column, sink Sink) (bool, error) {
	if c.Kind == UntypedColumn || slices.Contains(r.kinds, c.Kind) {
		return true, nil
	}
	if r.required {
		return false, fmt.Errorf("column %q is of type %s: expected %s; cast the column and save the file again",
			c.Name, c.TypeName, r.expected)
	}
	sink.Warn(fmt.Sprintf("column %q is of type %s and was left out: %s are read", c.Name, c.TypeName, r.expected))
	return false, nil
}

// Used returns the indices of the columns that are read, in ascending order.
func (s *Selection) Used() []int {
	all := slices.Concat(s.text, s.label, s.sentence)
	for _, at := range []int{s.pair, s.id, s.split, s.rating} {
		if at >= 0 {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Record makes the record of a row. at returns the value of a column.
func (s *Selection) Record(line int, at func(column int) Value) (Record, error) {
	if s.rows {
		return s.wordRow(line, at)
	}
	r := Record{Line: line, Label: Null}
	var err error
	if s.words {
		if r.Words, err = s.wordsOf(at(s.text[0])); err != nil {
			return r, err
		}
		r.Text = strings.Join(r.Words, " ")
	} else if r.Text, err = s.joined(at); err != nil {
		return r, err
	}
	if r.Paired = s.pair >= 0; r.Paired {
		if r.Pair, err = s.textOf(s.pair, at); err != nil {
			return r, err
		}
	}
	switch {
	case len(s.label) == 1 && s.labelNames == nil:
		if r.Label = at(s.label[0]); s.words {
			r.Label = r.Label.unwritten()
		}
	case len(s.label) > 0:
		if r.Label, err = s.indicators(at); err != nil {
			return r, err
		}
	}
	if s.id >= 0 {
		v := at(s.id)
		if v.Kind == ListKind || v.Kind == ObjectKind || v.Kind == BoolKind {
			return r, fmt.Errorf("field %q is a %s: expected an integer or a string", s.Names[s.id], v.Kind)
		}
		r.ID = v.Text
	}
	if s.split >= 0 {
		v := at(s.split)
		if v.Kind != StringKind && v.Kind != NullKind {
			return r, fmt.Errorf("field %q is a %s: expected a string", s.Names[s.split], v.Kind)
		}
		if r.Split = strings.TrimSpace(v.Text); r.Split == "" && v.Kind == StringKind {
			return r, fmt.Errorf("field %q is empty: expected the name of a split, such as %q or %q", s.Names[s.split], halves.Train, halves.Test)
		}
	}
	if s.rating >= 0 {
		r.Rating, err = parseRating(at(s.rating))
	}
	return r, err
}

// joined joins the columns of the text by a line break. Blank ones are left out.
func (s *Selection) joined(at func(int) Value) (string, error) {
	if len(s.text) == 1 {
		return s.textOf(s.text[0], at)
	}
	var parts []string
	missing := 0
	for _, column := range s.text {
		if at(column).Kind == NullKind {
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
		return "", fmt.Errorf("fields %s are missing: expected a text in one of them", QuotedList(s.namesOf(s.text)))
	}
	return strings.Join(parts, "\n"), nil
}

func (s *Selection) textOf(column int, at func(int) Value) (string, error) {
	switch v := at(column); v.Kind {
	case StringKind:
		return v.Text, nil
	case NullKind:
		return "", fmt.Errorf("field %q is missing: expected a string", s.Names[column])
	default:
		return "", fmt.Errorf("field %q is a %s: expected a string", s.Names[column], v.Kind)
	}
}

// indicators returns the list of the label columns whose value is 1.
func (s *Selection) indicators(at func(int) Value) (Value, error) {
	list := []Value{}
	if !slices.ContainsFunc(s.label, func(column int) bool { return !at(column).None() }) {
		return Null, nil
	}
	for i, column := range s.label {
		v := at(column)
		switch on, ok := indicator(v); {
		case v.None():
			return Null, fmt.Errorf("label column %q is empty, and another one is not: expected 0 or 1 in each", s.Names[column])
		case !ok:
			return Null, fmt.Errorf("label column %q is %s: expected 0 or 1", s.Names[column], v.Sample())
		case on:
			list = append(list, Value{Text: s.labelNames[i]})
		}
	}
	return Value{Kind: ListKind, List: list}, nil
}

// indicator reads 0 and 1 of any type.
func indicator(v Value) (on, ok bool) {
	switch strings.ToLower(strings.TrimSpace(v.Text)) {
	case "1", "1.0", "true":
		return true, v.Kind != ObjectKind
	case "0", "0.0", "false":
		return false, v.Kind != ObjectKind
	}
	return false, false
}

func (s *Selection) namesOf(columns []int) []string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = s.Names[column]
	}
	return names
}

// QuotedList quotes names for an English sentence: "a", "b" and "c".
func QuotedList(names []string) string {
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
