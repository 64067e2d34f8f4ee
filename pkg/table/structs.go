package table

import (
	"fmt"
	"reflect"

	"github.com/lorabook/lorabook/internal/printable"
)

// FromStructs returns a table with a row per element of rows, a slice of structs or of pointers
// to structs, and a column per exported field. The tag `table:"NAME"` names the column, by
// default the field's name; `table:"-"` leaves the field out. The tags `unit` and `format` are
// the Unit and the Format of its [Column].
//
//	type result struct {
//		Run      string
//		Accuracy float64 `table:"accuracy" unit:"%" format:"%.1f"`
//	}
//	t, err := table.FromStructs("Results", []result{{"r 4", 86.5}, {"r 8", 88}})
//
// The error is a *RowError.
func FromStructs[T any](caption string, rows []T) (*Table, error) {
	kind := reflect.TypeFor[T]()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct {
		return nil, &RowError{Table: printable.Line(caption), Row: -1, Reason: fmt.Sprintf("found rows of type %v, expected structs, or pointers to structs", reflect.TypeFor[T]())}
	}
	var fields []int
	var columns []Column
	for i := range kind.NumField() {
		f := kind.Field(i)
		name, tagged := f.Tag.Lookup("table")
		if !f.IsExported() || name == "-" {
			continue
		}
		if !tagged {
			name = f.Name
		}
		fields = append(fields, i)
		columns = append(columns, Column{Name: name, Unit: f.Tag.Get("unit"), Format: f.Tag.Get("format")})
	}
	t := New(caption, columns...)
	for i, row := range rows {
		v := reflect.ValueOf(row)
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				t.fail(i, "is nil, expected a struct")
				break
			}
			v = v.Elem()
		}
		values := make([]any, len(fields))
		for j, f := range fields {
			values[j] = v.Field(f).Interface()
		}
		t.Add(values...)
	}
	return t, t.Err()
}
