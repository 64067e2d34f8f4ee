package data

import "github.com/lorabook/lorabook/pkg/data/internal/records"

// Column describes a column of a table by its first rows, and the use that is made of it.
type Column struct {
	Name string
	// Type is the kind of the values: "strings", "whole numbers", "numbers", "booleans",
	// "lists", "objects", "mixed", or "no values". Numbers that a file has as strings, as every
	// CSV file, are numbers.
	Type string
	// Role is "text", "second text", "label", "id", "split" or "rating"; in a table with one word of
	// a sentence in each row also "sentence"; "" for a column that is not used.
	Role string
	// Rows is the number of rows that the description is made of, at most 1,000, and Empty the
	// number of those in which the column is missing or blank. Both are 0 for a column whose type
	// is not read.
	Rows, Empty int
	// Values are the other values in their order, each at most 200 characters long. The items of
	// a list are separated by commas.
	Values []string
}

// onColumns is OnColumns for the reader of a file.
func (o Opener) onColumns() func([]records.ColumnUse) {
	if o.OnColumns == nil {
		return nil
	}
	return func(uses []records.ColumnUse) {
		columns := make([]Column, len(uses))
		for i, use := range uses {
			columns[i] = Column(use)
		}
		o.OnColumns(columns)
	}
}
