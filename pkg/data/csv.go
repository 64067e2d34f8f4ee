package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readCSV reads comma-separated values with a header line (RFC 4180).
func readCSV(r io.Reader, to rows) error {
	buffered := bufio.NewReader(r)
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == string(byteOrderMark) {
		_, _ = buffered.Discard(len(mark))
	}
	reader := csv.NewReader(buffered)
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err == io.EOF {
		return errors.New(`the file is empty: want a header line with the columns "text" and "label"`)
	}
	if err != nil {
		return csvFault(err)
	}
	columns, err := parseHeader(header, to.unlabelled)
	if err != nil {
		return &LineError{Line: 1, Err: err}
	}
	for {
		fields, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return csvFault(err)
		}
		line, _ := reader.FieldPos(0)
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

// csvFault names the line where the bad record begins.
func csvFault(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return &LineError{Line: parse.StartLine, Err: errors.New(
			"the number of fields is not the header's: put text that holds commas into double quotes")}
	}
	return &LineError{Line: parse.StartLine, Err: fmt.Errorf("line %d, column %d: %w", parse.Line, parse.Column, parse.Err)}
}

// csvColumns are the fields' places, -1 for one that is not there.
type csvColumns struct{ text, label, id, rating, split int }

func parseHeader(header []string, unlabelled bool) (csvColumns, error) {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
	}
	at := func(name string) int { return slices.Index(names, name) }
	c := csvColumns{at("text"), at("label"), at("id"), at("rating"), at("split")}
	if c.text < 0 || c.label < 0 && !unlabelled {
		return c, fmt.Errorf(`the header is %.200q: want the columns "text" and "label" in it`, names)
	}
	for _, i := range []int{c.text, c.label, c.id, c.rating, c.split} {
		if i >= 0 && slices.Contains(names[i+1:], names[i]) {
			return c, fmt.Errorf("the header names column %q twice", names[i])
		}
	}
	return c, nil
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
