package data

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/arrowipc"
)

// readArrow reads the columns that selectColumns chooses from an Arrow stream or file, one
// batch of rows at a time.
func readArrow(in io.Reader, sink recordSink) error {
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
	columns := make([]column, len(r.Fields))
	for i, field := range r.Fields {
		columns[i] = column{name: field.Name, kind: arrowKind(field), typeName: field.Type, classes: classes[field.Name]}
		if batch == nil || batch.Columns[i] == nil {
			continue
		}
		for row := range min(batch.Rows, maxSampledRows) {
			columns[i].samples = append(columns[i].samples, arrowValue(field, batch.Columns[i].Value(row)))
		}
	}
	chosen, err := selectColumns(columns, false, sink)
	if err != nil {
		return err
	}
	used := chosen.used()
	// The file states the number of nulls, and has no bytes for them.
	if !slices.ContainsFunc(used, func(at int) bool { return columns[at].kind != nullColumn }) {
		return errors.New("all values of its columns are null")
	}
	line := 0
	values := make([]value, len(columns))
	for batch != nil {
		for row := range batch.Rows {
			for _, at := range used {
				values[at] = arrowValue(r.Fields[at], batch.Columns[at].Value(row))
			}
			line++
			record, err := chosen.record(line, func(column int) value { return values[column] })
			if err != nil {
				err = sink.bad(line, err)
			} else {
				err = sink.each(record)
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
		sink.warn(fmt.Sprintf("the Arrow stream has no mark of its end after row %d: the file may be incomplete", line))
	}
	return nil
}

func arrowKind(field arrowipc.Field) columnKind {
	switch field.Kind {
	case arrowipc.Null:
		return nullColumn
	case arrowipc.Text:
		return stringColumn
	case arrowipc.Int, arrowipc.Uint:
		return integerColumn
	case arrowipc.Float:
		return numberColumn
	case arrowipc.Bool:
		return boolColumn
	case arrowipc.List:
		return listColumn
	}
	return unusable
}

func arrowValue(field arrowipc.Field, v any) value {
	switch v := v.(type) {
	case string:
		return value{text: v}
	case int64:
		return number(strconv.FormatInt(v, 10))
	case uint64:
		return number(strconv.FormatUint(v, 10))
	case float64:
		if strings.Contains(field.Type, "float32") { // also list<float32>
			return floatValue(v, 32)
		}
		return floatValue(v, 64)
	case bool:
		return value{text: strconv.FormatBool(v), kind: boolKind}
	case []any:
		list := value{kind: listKind}
		for _, item := range v {
			list.list = append(list.list, arrowValue(field, item))
		}
		return list
	}
	return null
}
