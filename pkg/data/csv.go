package data

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readCSV reads comma-separated values with a header line.
func readCSV(r io.Reader, to rows) error {
	reader := newCSVReader(r)
	header, line, err := reader.read()
	if err == io.EOF {
		return errors.New(`the file is empty: want a header line with the columns "text" and "label"`)
	}
	if err != nil {
		return csvFault(line, err)
	}
	columns, err := parseHeader(header, to.unlabelled)
	if err != nil {
		return &LineError{Line: line, Err: err}
	}
	for {
		fields, line, err := reader.read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return csvFault(line, err)
		}
		if len(fields) != columns.count {
			return &LineError{Line: line, Err: fmt.Errorf(
				"the number of fields is not the header's: %d, want %d: put text that holds commas into double quotes", len(fields), columns.count)}
		}
		record, err := columns.record(fields)
		if err != nil {
			return &LineError{Line: line, Err: err}
		}
		record.line = line
		if err := to.each(record); err != nil {
			return err
		}
	}
}

// csvFault names the line where the bad record begins, if the fault is the file's.
func csvFault(line int, err error) error {
	if errors.Is(err, errOpenQuote) || errors.Is(err, errLongRecord) {
		return &LineError{Line: line, Err: err}
	}
	return err
}

// csvColumns are the fields' places, -1 for one that is not there.
type csvColumns struct {
	text, label, id, rating, split int
	count                          int // of all fields
}

func parseHeader(header []string, unlabelled bool) (csvColumns, error) {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
	}
	at := func(name string) int { return slices.Index(names, name) }
	c := csvColumns{at("text"), at("label"), at("id"), at("rating"), at("split"), len(names)}
	if c.text < 0 || c.label < 0 && !unlabelled {
		return c, fmt.Errorf(`the header is %.200q: want the columns "text" and "label" in it%s`, names, headerHint(names))
	}
	for _, i := range []int{c.text, c.label, c.id, c.rating, c.split} {
		if i >= 0 && slices.Contains(names[i+1:], names[i]) {
			return c, fmt.Errorf("the header names column %q twice", names[i])
		}
	}
	return c, nil
}

// headerHint says what to do about a header that lacks a column.
func headerHint(names []string) string {
	first, _, _ := strings.Cut(names[0], "=")
	if strings.EqualFold(first, "sep") {
		return "; leave out Excel's line sep="
	}
	for _, separator := range []struct{ name, text string }{{"semicolons", ";"}, {"tabs", "\t"}, {"bars", "|"}} {
		if strings.Contains(names[0], separator.text) {
			return fmt.Sprintf("; its fields are separated by %s: save it with commas, such as pandas.read_csv(FILE, sep=%q).to_csv(NEW, index=False)",
				separator.name, separator.text)
		}
	}
	if slices.Contains(names, "text") {
		return "; if the labels are hidden, as in a competition's test file, leave the file out"
	}
	return "; rename the columns that hold them"
}

func (c csvColumns) record(fields []string) (record, error) {
	field := func(i int) string {
		if i < 0 {
			return ""
		}
		return fields[i]
	}
	r := record{text: field(c.text), label: value{text: field(c.label)}, id: field(c.id), split: strings.TrimSpace(field(c.split))}
	if c.split >= 0 && r.split == "" {
		return r, errors.New(`column "split" is empty: want "train", "test" or "unsupervised"`)
	}
	err := r.set("rating", value{text: field(c.rating)})
	return r, err
}
