package table

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/printable"
)

// Number is a number with a text of its own: the table shows the text and sorts by the value.
type Number struct {
	Value float64
	Text  string // such as "86.5 (81.1 to 90.5)"
}

// cell is a value as it is shown.
type cell struct {
	text    string
	numeric bool
	value   float64 // of a numeric cell
}

// newCell formats a value. format is for numbers.
func newCell(v any, format string) (cell, error) {
	switch x := v.(type) {
	case nil:
		return cell{}, nil
	case Number:
		return cell{text: printable.Line(x.Text), numeric: true, value: x.Value}, nil
	case time.Duration:
		return cell{text: x.String(), numeric: true, value: float64(x)}, nil
	case []string:
		return cell{text: printable.Text(strings.Join(x, ", "))}, nil
	}
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer && r.IsNil() {
		return cell{}, nil
	}
	switch x := v.(type) {
	case error:
		return cell{text: printable.Text(x.Error())}, nil
	case fmt.Stringer:
		return cell{text: printable.Text(x.String())}, nil
	}
	switch r.Kind() {
	case reflect.Pointer:
		return newCell(r.Elem().Interface(), format)
	case reflect.String:
		return cell{text: printable.Text(r.String())}, nil
	case reflect.Bool:
		return cell{text: fmt.Sprint(r.Bool())}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return numberCell(v, float64(r.Int()), format, "%v")
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return numberCell(v, float64(r.Uint()), format, "%v")
	case reflect.Float32, reflect.Float64:
		return numberCell(v, r.Float(), format, "%.4g")
	}
	return cell{}, fmt.Errorf("found a value of type %T, expected a string, a number, a bool, an error or a fmt.Stringer", v)
}

func numberCell(v any, value float64, format, usual string) (cell, error) {
	if format == "" {
		format = usual
	}
	verb, grouped := strings.CutPrefix(format, "%,")
	if grouped {
		format = "%" + verb
	}
	text := fmt.Sprintf(format, v)
	if grouped {
		text = numerals.Group(text)
	}
	if strings.Contains(text, "%!") {
		return cell{}, fmt.Errorf("format %q does not fit a value of type %T: %s", format, v, text)
	}
	return cell{text: printable.Line(text), numeric: true, value: value}, nil
}

// sortable reports whether the cell has a place in the order of numbers.
func (c cell) sortable() bool { return c.numeric && !math.IsNaN(c.value) }
