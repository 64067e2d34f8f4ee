package formats

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// maxSampledBytes bounds the first rows that determine the columns, in bytes.
const maxSampledBytes = 8 << 20

// objectReader makes records of JSON objects. It keeps the first objects until they are enough
// to determine the columns.
type objectReader struct {
	sink  records.Sink
	names []string
	index map[string]int
	// head are the first rows, bytes their size.
	head    []objectRow
	bytes   int
	decided bool
	chosen  *records.Selection
	used    map[int]bool
	// byContent: the columns have no names.
	byContent bool
	// late are the names of fields that no row of the head has.
	late []string
}

// objectRow is a row of values, or the fault of one.
type objectRow struct {
	number int
	values map[int]records.Value
	fault  error
}

// add adds the row of an object with its line or number.
func (o *objectReader) add(number int, object []byte) error {
	row := objectRow{number: number}
	if !utf8.Valid(object) {
		// encoding/json replaces invalid bytes by U+FFFD without an error.
		row.fault = fmt.Errorf("%w: convert the file to UTF-8", decode.ErrNotUTF8)
	} else if fields, err := parseObject(object); err != nil {
		row.fault = err
	} else {
		row = o.row(number, fields)
	}
	return o.addRow(row, len(object))
}

// row reads the values of fields. Once the columns are chosen it reads only theirs.
func (o *objectReader) row(number int, fields []field) objectRow {
	row := objectRow{number: number, values: map[int]records.Value{}}
	for _, f := range fields {
		at, known := o.index[f.name]
		if !known {
			at = o.addName(f.name)
		}
		if o.decided && !o.used[at] {
			continue
		}
		v, err := jsonValue(f.name, f.raw)
		if err != nil {
			// A fault of a field that is not used is none.
			v = records.Value{Kind: records.FaultKind, Text: err.Error()}
		}
		row.values[at] = v
	}
	return row
}

func (o *objectReader) addName(name string) int {
	if o.index == nil {
		o.index = map[string]int{}
	}
	at := len(o.names)
	o.names = append(o.names, name)
	o.index[name] = at
	if o.decided {
		o.late = append(o.late, name)
	}
	return at
}

func (o *objectReader) addRow(row objectRow, size int) error {
	if o.decided {
		return o.emit(row)
	}
	o.head = append(o.head, row)
	o.bytes += size
	if len(o.head) < records.MaxSampledRows && o.bytes < maxSampledBytes {
		return nil
	}
	return o.decide()
}

// decide chooses the columns and passes the first rows on.
func (o *objectReader) decide() error {
	if len(o.names) == 0 {
		for _, row := range o.head {
			if row.fault == nil {
				row.fault = errors.New(`field "text" is missing: the object has no field`)
			}
			if err := o.sink.Bad(row.number, row.fault); err != nil {
				return err
			}
		}
		o.head, o.bytes = nil, 0
		return nil
	}
	columns := make([]records.Column, len(o.names))
	for i, name := range o.names {
		columns[i] = records.Column{Name: name, Kind: records.UntypedColumn}
		for _, row := range o.head {
			if v, ok := row.values[i]; ok && v.Kind != records.NullKind {
				columns[i].Samples = append(columns[i].Samples, v)
			}
		}
	}
	chosen, err := records.Select(columns, o.byContent, o.sink)
	if err != nil {
		return &decode.LineError{Line: o.head[0].number, Err: err}
	}
	o.chosen, o.decided, o.used = chosen, true, map[int]bool{}
	for _, at := range chosen.Used() {
		o.used[at] = true
	}
	for _, row := range o.head {
		if err := o.emit(row); err != nil {
			return err
		}
	}
	o.head = nil
	return nil
}

func (o *objectReader) emit(row objectRow) error {
	var fault error
	at := func(column int) records.Value {
		v, ok := row.values[column]
		switch {
		case !ok:
			return records.Null
		case v.Kind == records.FaultKind && fault == nil:
			fault = errors.New(v.Text)
		}
		return v
	}
	if row.fault != nil {
		return o.sink.Bad(row.number, row.fault)
	}
	r, err := o.chosen.Record(row.number, at)
	if fault != nil {
		err = fault
	}
	if err != nil {
		return o.sink.Bad(row.number, err)
	}
	return o.sink.Each(r)
}

// end passes the rest on, after the last row.
func (o *objectReader) end() error {
	if !o.decided && len(o.head) > 0 {
		if err := o.decide(); err != nil {
			return err
		}
	}
	if len(o.late) > 0 {
		o.sink.Note(fmt.Sprintf("fields %s, which occur only after the first %d rows, are not used", records.QuotedList(o.late), records.MaxSampledRows))
	}
	return nil
}
