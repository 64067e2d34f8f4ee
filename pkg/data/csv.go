package data

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readCSV reads comma-separated values with a header line.
func readCSV(r io.Reader, sink recordSink) error {
	reader := newCSVReader(r)
	header, line, err := reader.read()
	if err == io.EOF {
		return errors.New(`the file is empty: expected a header line with the columns "text" and "label"`)
	}
	if err != nil {
		return csvFault(line, err)
	}
	columns, err := parseHeader(header, sink.unlabelled)
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
				"the record has %d fields, expected %d as in the header: put text that contains commas into double quotes", len(fields), columns.count)}
		}
		record, err := columns.record(fields)
		if err != nil {
			return &LineError{Line: line, Err: err}
		}
		record.line = line
		if err := sink.each(record); err != nil {
			return err
		}
	}
}

// csvFault adds the line of the bad record to errors in the content of the file.
func csvFault(line int, err error) error {
	if errors.Is(err, errOpenQuote) || errors.Is(err, errLongRecord) {
		return &LineError{Line: line, Err: err}
	}
	return err
}

// csvColumns are the indices of the fields, -1 for a missing one.
type csvColumns struct {
	text, label, id, rating, split int
	count                          int // of all fields
}

func parseHeader(header []string, unlabelled bool) (csvColumns, error) {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
	}
	index := func(name string) int { return slices.Index(names, name) }
	c := csvColumns{index("text"), index("label"), index("id"), index("rating"), index("split"), len(names)}
	if c.text < 0 || c.label < 0 && !unlabelled {
		return c, fmt.Errorf(`the header is %.200q: expected the columns "text" and "label" in it%s`, names, headerHint(names))
	}
	for _, i := range []int{c.text, c.label, c.id, c.rating, c.split} {
		if i >= 0 && slices.Contains(names[i+1:], names[i]) {
			return c, fmt.Errorf("the header names column %q twice", names[i])
		}
	}
	return c, nil
}

// headerHint returns advice for a header without the required columns.
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
		return r, errors.New(`column "split" is empty: expected "train", "test" or "unsupervised"`)
	}
	err := r.set("rating", value{text: field(c.rating)})
	return r, err
}
