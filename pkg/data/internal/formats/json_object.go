package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// readWholeObject reads a file that is one JSON object: see readJSON.
func readWholeObject(object []byte, sink records.Sink) error {
	fields, err := parseObject(object)
	if err != nil {
		return err
	}
	if columns, rows, ok := splitOrient(fields); ok {
		return readSplitOrient(columns, rows, fields, sink)
	}
	var tables, objects, lists []field
	for _, f := range fields {
		switch kind := jsonKind(f.raw); {
		case kind == "object":
			objects = append(objects, f)
		case kind == "list" && firstIs(f.raw, '{', '['):
			tables = append(tables, f)
		case kind == "list":
			lists = append(lists, f)
		}
	}
	switch {
	case len(tables) == 1:
		others := slices.DeleteFunc(slices.Clone(fields), func(f field) bool { return f.name == tables[0].name })
		if len(others) > 0 {
			sink.Note(fmt.Sprintf("the records are those of %q; %s beside it are not used", tables[0].name, records.QuotedList(fieldNames(others))))
		}
		return readInnerArray(tables[0].raw, "", 0, sink)
	case len(tables) > 1 && !slices.ContainsFunc(tables, func(f field) bool { return !halves.IsName(f.name) }):
		return readSplits(tables, sink)
	case len(tables) > 1:
		return fmt.Errorf("the JSON object has several arrays, %s: expected one array of records, or one for each split", records.QuotedList(fieldNames(tables)))
	case len(objects) == len(fields) && len(fields) > 0:
		return readObjects(objects, sink)
	case len(lists) == len(fields) && len(lists) > 1:
		return readLists(lists, sink)
	}
	table := objectReader{sink: sink} // one record
	if err := table.add(1, object); err != nil {
		return err
	}
	return table.end()
}

func fieldNames(fields []field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

// firstIs reports whether the first element of an array begins with one of the bytes.
func firstIs(array json.RawMessage, first ...byte) bool {
	inner := bytes.TrimSpace(array[1:])
	return len(inner) > 0 && slices.Contains(first, inner[0])
}

// readInnerArray reads the elements of an array, as the records of a split.
func readInnerArray(array json.RawMessage, split string, before int, sink records.Sink) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(array, &elements); err != nil {
		return err
	}
	each := sink.Each
	sink.Each = func(r records.Record) error {
		if split != "" && r.Split == "" {
			r.Split = split
		}
		return each(r)
	}
	table := objectReader{sink: sink}
	for i, element := range elements {
		if err := table.addElement(before+i+1, element); err != nil {
			return err
		}
	}
	return table.end()
}

func readSplits(tables []field, sink records.Sink) error {
	sink.Note(fmt.Sprintf("the records of %s are splits", records.QuotedList(fieldNames(tables))))
	before := 0
	for _, t := range tables {
		if err := readInnerArray(t.raw, t.name, before, sink); err != nil {
			return fmt.Errorf("field %q: %w", t.name, err)
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(t.raw, &elements); err != nil {
			return err
		}
		before += len(elements)
	}
	return nil
}

// splitOrient returns the columns and rows of pandas' orient split.
func splitOrient(fields []field) (columns []string, rows [][]json.RawMessage, ok bool) {
	found := 0
	for _, f := range fields {
		switch f.name {
		case "columns":
			if json.Unmarshal(f.raw, &columns) == nil {
				found++
			}
		case "data":
			if json.Unmarshal(f.raw, &rows) == nil {
				found++
			}
		}
	}
	return columns, rows, found == 2 && len(columns) > 0
}

func readSplitOrient(columns []string, rows [][]json.RawMessage, fields []field, sink records.Sink) error {
	sink.Note(`the file has the form of pandas' orient="split"`)
	table := objectReader{sink: sink}
	for i, row := range rows {
		if len(row) != len(columns) {
			if err := table.addRow(objectRow{number: i + 1, fault: fmt.Errorf("the row has %d values, expected %d as in \"columns\"", len(row), len(columns))}, 0); err != nil {
				return err
			}
			continue
		}
		named := make([]field, len(row))
		for j, raw := range row {
			named[j] = field{columns[j], raw}
		}
		if err := table.addRow(table.row(i+1, named), 100*len(row)); err != nil {
			return err
		}
	}
	return table.end()
}

// readObjects reads pandas' orient index, {row: {column: value}}, or columns, {column: {row:
// value}}: the names that are known are those of columns.
func readObjects(objects []field, sink records.Sink) error {
	inner := make([][]field, len(objects))
	for i, object := range objects {
		var err error
		if inner[i], err = parseObject(object.raw); err != nil {
			return fmt.Errorf("field %q: %w", object.name, err)
		}
	}
	known := func(names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return sink.IsKnownColumn(name) || sink.Columns.Names(name) })
	}
	outerKnown, innerKnown := known(fieldNames(objects)), len(inner) > 0 && known(fieldNames(inner[0]))
	switch {
	case outerKnown == innerKnown:
		return fmt.Errorf("the JSON object holds objects, %s, and it is not clear whether they are rows or columns: save it as JSON Lines, such as pandas.read_json(FILE).to_json(NEW, orient=\"records\", lines=True)",
			records.QuotedList(fieldNames(objects)))
	case innerKnown:
		sink.Note(`the file has the form of pandas' orient="index"`)
		table := objectReader{sink: sink}
		for i, fields := range inner {
			if err := table.addRow(table.row(i+1, fields), len(objects[i].raw)); err != nil {
				return err
			}
		}
		return table.end()
	}
	sink.Note(`the file has the form of pandas' orient="columns"`)
	var order []string
	rows := map[string][]field{}
	for i, column := range inner {
		for _, f := range column {
			if _, ok := rows[f.name]; !ok {
				order = append(order, f.name)
			}
			rows[f.name] = append(rows[f.name], field{objects[i].name, f.raw})
		}
	}
	table := objectReader{sink: sink}
	for i, name := range order {
		if err := table.addRow(table.row(i+1, rows[name]), 100); err != nil {
			return err
		}
	}
	return table.end()
}

// readLists reads a list for each column.
func readLists(lists []field, sink records.Sink) error {
	columns := make([][]json.RawMessage, len(lists))
	for i, list := range lists {
		if err := json.Unmarshal(list.raw, &columns[i]); err != nil {
			return err
		}
		if len(columns[i]) != len(columns[0]) {
			return fmt.Errorf("the lists %q and %q have %d and %d values: expected one for each record",
				lists[0].name, list.name, len(columns[0]), len(columns[i]))
		}
	}
	if len(columns[0]) == 0 {
		return errors.New("the lists of the JSON object are empty: expected at least one record")
	}
	sink.Note("the file has a list for each column")
	table := objectReader{sink: sink}
	for row := range columns[0] {
		fields := make([]field, len(lists))
		for i, list := range lists {
			fields[i] = field{list.name, columns[i][row]}
		}
		if err := table.addRow(table.row(row+1, fields), 100); err != nil {
			return err
		}
	}
	return table.end()
}
