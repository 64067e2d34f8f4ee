package records

import "strings"

// ColumnUse describes a column of a table by its first rows, and the use that is made of it. It is
// the Column of package data, which documents the fields.
type ColumnUse struct {
	Name, Type, Role string
	Rows, Empty      int
	Values           []string
}

// describe returns the descriptions of the columns of a table. s has their roles.
func describe(columns []Column, s *Selection) []ColumnUse {
	described := make([]ColumnUse, len(columns))
	rows := 0
	for _, c := range columns {
		rows = max(rows, len(c.Samples))
	}
	for i, c := range columns {
		described[i] = ColumnUse{Name: c.Name, Type: c.valueType()}
		if c.Kind == Unusable {
			continue
		}
		described[i].Rows, described[i].Empty = rows, rows-len(c.Samples)
		for _, v := range c.Samples {
			text := v.plain()
			if blank(text, s.rows) {
				described[i].Empty++
				continue
			}
			described[i].Values = append(described[i].Values, text)
		}
	}
	set := func(role string, at ...int) {
		for _, i := range at {
			if i >= 0 {
				described[i].Role = role
			}
		}
	}
	set("rating", s.rating)
	set("id", s.id)
	set("split", s.split)
	set("sentence", s.sentence...)
	set("label", s.label...)
	set("second text", s.pair)
	set("text", s.text...)
	return described
}

// blank reports whether a value is blank. A word may be other white space than that of ASCII.
func blank(text string, word bool) bool {
	if word {
		return strings.Trim(text, asciiSpace) == ""
	}
	return strings.TrimSpace(text) == ""
}

// plain returns the value as a text, cut.
func (v Value) plain() string {
	const most = 200
	text := v.Text
	if v.Kind == ListKind {
		items := make([]string, len(v.List))
		for i, item := range v.List {
			items[i] = item.plain()
		}
		text = strings.Join(items, ", ")
	}
	if len(text) <= most {
		return text
	}
	if short := []rune(text); len(short) > most {
		return string(short[:most]) + "…"
	}
	return text
}

// valueType returns the Type of a ColumnUse.
func (c Column) valueType() string {
	stats := c.stats()
	kinds := map[ValueKind]int{}
	for _, v := range c.Samples {
		if !v.None() {
			kinds[v.Kind]++
		}
	}
	switch {
	case len(kinds) == 0 && c.Kind == Unusable:
		return c.TypeName
	case len(kinds) == 0:
		return "no values"
	case kinds[ListKind] > 0 && len(kinds) == 1:
		return "lists"
	case kinds[ObjectKind] > 0 && len(kinds) == 1:
		return "objects"
	case kinds[BoolKind] > 0 && len(kinds) == 1:
		return "booleans"
	case stats.values > 0 && stats.numbers == stats.values && stats.fractions > 0:
		return "numbers"
	case stats.values > 0 && stats.numbers == stats.values:
		return "whole numbers"
	case len(kinds) == 1:
		return "strings"
	}
	return "mixed"
}

// describe passes the columns of a table on, with their uses.
func (s Sink) describe(columns []Column, chosen *Selection) {
	if s.OnColumns != nil {
		s.OnColumns(describe(columns, chosen))
	}
}
