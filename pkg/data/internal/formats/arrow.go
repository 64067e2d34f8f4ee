package formats

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/arrowipc"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// readArrow reads the columns that records.Select chooses from an Arrow stream or file, one
// batch of rows at a time.
func readArrow(in io.Reader, sink records.Sink) error {
	r, err := arrowipc.NewReader(in)
	if err != nil {
		return err
	}
	var classes map[string][]string
	if text, ok := r.Metadata["huggingface"]; ok {
		if classes, err = classNamesIn(text); err != nil {
			return err
		}
	}
	batch, err := r.Next(nil)
	for err == nil && batch.Rows == 0 {
		batch, err = r.Next(nil)
	}
	if err != nil && err != io.EOF {
		return err
	}
	columns := make([]records.Column, len(r.Fields))
	for i, field := range r.Fields {
		columns[i] = records.Column{Name: field.Name, Kind: arrowKind(field), TypeName: field.Type, Classes: classes[field.Name]}
		if batch == nil || batch.Columns[i] == nil {
			continue
		}
		for row := range min(batch.Rows, records.MaxSampledRows) {
			columns[i].Samples = append(columns[i].Samples, arrowValue(field, batch.Columns[i].Value(row)))
		}
	}
	chosen, err := records.Select(columns, false, sink)
	if err != nil {
		return err
	}
	used := chosen.Used()
	// The file states the number of nulls, and has no bytes for them.
	if !slices.ContainsFunc(used, func(at int) bool { return columns[at].Kind != records.NullColumn }) {
		return errors.New("all values of its columns are null")
	}
	line := 0
	values := make([]records.Value, len(columns))
	for batch != nil {
		for row := range batch.Rows {
			for _, at := range used {
				values[at] = arrowValue(r.Fields[at], batch.Columns[at].Value(row))
			}
			line++
			record, err := chosen.Record(line, func(column int) records.Value { return values[column] })
			if err != nil {
				err = sink.Bad(line, err)
			} else {
				err = sink.Each(record)
			}
			if err != nil {
				return err
			}
		}
		batch, err = r.Next(func(field int) bool { return slices.Contains(used, field) })
		if err != nil && err != io.EOF {
			return fmt.Errorf("after row %d: %w", line, err)
		}
	}
	if !r.Marked() {
		sink.Warn(fmt.Sprintf("the Arrow stream has no mark of its end after row %d: the file may be incomplete", line))
	}
	return nil
}

func arrowKind(field arrowipc.Field) records.ColumnKind {
	switch field.Kind {
	case arrowipc.Null:
		return records.NullColumn
	case arrowipc.Text:
		return records.StringColumn
	case arrowipc.Int, arrowipc.Uint:
		return records.IntegerColumn
	case arrowipc.Float:
		return records.NumberColumn
	case arrowipc.Bool:
		return records.BoolColumn
	case arrowipc.List:
		return records.ListColumn
	}
	return records.Unusable
}

func arrowValue(field arrowipc.Field, v any) records.Value {
	switch v := v.(type) {
	case string:
		return records.Value{Text: v}
	case int64:
		return records.Number(strconv.FormatInt(v, 10))
	case uint64:
		return records.Number(strconv.FormatUint(v, 10))
	case float64:
		if strings.Contains(field.Type, "float32") { // also list<float32>
			return floatValue(v, 32)
		}
		return floatValue(v, 64)
	case bool:
		return records.Value{Text: strconv.FormatBool(v), Kind: records.BoolKind}
	case []any:
		list := records.Value{Kind: records.ListKind}
		for _, item := range v {
			list.List = append(list.List, arrowValue(field, item))
		}
		return list
	}
	return records.Null
}
