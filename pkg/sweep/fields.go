package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/lorabook/lorabook/internal/nearest"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// fieldTypes returns the types of an experiment's fields by their paths in experiment.json.
var fieldTypes = sync.OnceValue(func() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	addFields("", reflect.TypeFor[finetune.Experiment](), types)
	return types
})

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()
)

func addFields(prefix string, t reflect.Type, types map[string]reflect.Type) {
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" || !field.IsExported() {
			continue
		}
		inner := field.Type
		if inner.Kind() == reflect.Struct && !inner.Implements(marshaler) && !inner.Implements(textMarshaler) {
			addFields(prefix+name+".", inner, types)
			continue
		}
		types[prefix+name] = inner
	}
}

// FieldNames returns the paths of all fields of an experiment, sorted.
func FieldNames() []string { return slices.Sorted(maps.Keys(fieldTypes())) }

// fieldType returns the type of a field, or an error with the nearest names.
func fieldType(name string) (reflect.Type, error) {
	if t, ok := fieldTypes()[name]; ok {
		return t, nil
	}
	names := FieldNames()
	var inside []string
	for _, n := range names {
		if strings.HasPrefix(n, name+".") {
			inside = append(inside, n)
		}
	}
	if len(inside) > 0 {
		return nil, fmt.Errorf("sweep: %s is a group of fields: expected one of %s", name, strings.Join(inside, ", "))
	}
	// The last part alone, or with another group, is a usual mistake.
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, n := range names {
		if strings.HasSuffix(n, "."+last) {
			return nil, fmt.Errorf("sweep: an experiment has no field %q: did you mean %q?", name, n)
		}
	}
	hint := nearest.Hint(name, names)
	if hint == "" {
		hint = ": expected a path in experiment.json, such as training.learning_rate or adapter.r"
	}
	return nil, fmt.Errorf("sweep: an experiment has no field %q%s", name, hint)
}

func isInteger(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 }

func isNumber(t reflect.Type) bool {
	return isInteger(t) || t.Kind() == reflect.Float64 || t.Kind() == reflect.Float32
}

// describe states what a user writes for a value of the type.
func describe(t reflect.Type) string {
	switch {
	case t.Implements(marshaler):
	case isInteger(t):
		return "an integer"
	case isNumber(t):
		return "a finite number, such as 1e-3"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		return `a list in JSON, such as ["query","value"]`
	case t.Kind() == reflect.Slice:
		return "a list in JSON, such as [1,2]"
	}
	return "JSON as in experiment.json"
}

// ParseValue reads the value of a field from a command line: a text for a field of texts, otherwise
// JSON, such as 1e-3, true or ["query","value"].
func ParseValue(name, text string) (json.RawMessage, error) {
	t, err := fieldType(name)
	if err != nil {
		return nil, err
	}
	if t.Kind() == reflect.String && !strings.HasPrefix(text, `"`) {
		return json.Marshal(text)
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("sweep: the value %q of the field %s cannot be read: expected %s", text, name, describe(t))
	}
	return json.RawMessage(text), nil
}

// ParseValues reads values that are separated by commas, as [ParseValue] does.
func ParseValues(name, text string) ([]any, error) {
	parts := strings.Split(text, ",")
	var list []json.RawMessage
	if json.Unmarshal([]byte("["+text+"]"), &list) == nil { // commas can be within lists
		parts = nil
		for _, value := range list {
			parts = append(parts, string(value))
		}
	}
	var values []any
	for _, part := range parts {
		value, err := ParseValue(name, strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// Apply returns the experiment base with other values of fields. An unknown name is an error with
// the nearest one, and so is a value that the experiment refuses.
func Apply(base finetune.Experiment, settings ...Setting) (finetune.Experiment, error) {
	for _, s := range settings {
		if _, err := fieldType(s.Name); err != nil {
			return base, err
		}
	}
	e, _, err := apply(base, settings)
	return e, err
}

// apply returns the base with other values of fields, without defaults, and its JSON form. The
// experiment with its defaults is valid.
func apply(base finetune.Experiment, point []Setting) (e finetune.Experiment, text json.RawMessage, err error) {
	wrong := func(err error) (finetune.Experiment, json.RawMessage, error) {
		if len(point) == 0 {
			return e, nil, fmt.Errorf("sweep: the default: %w", err)
		}
		return e, nil, fmt.Errorf("sweep: the trial with %s: %w", settingsText(point), err)
	}
	if text, err = json.Marshal(base); err != nil {
		return wrong(err)
	}
	var tree map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return wrong(err)
	}
	for _, s := range point {
		at := tree
		parts := strings.Split(s.Name, ".")
		for _, part := range parts[:len(parts)-1] {
			inner, ok := at[part].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[part] = inner
			}
			at = inner
		}
		at[parts[len(parts)-1]] = s.Value
	}
	if text, err = json.Marshal(tree); err != nil {
		return wrong(err)
	}
	decoder = json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		var bad *json.UnmarshalTypeError
		if errors.As(err, &bad) {
			return wrong(fmt.Errorf("%s: found the JSON %s, expected %s", bad.Field, bad.Value, describe(bad.Type)))
		}
		return wrong(err)
	}
	full, err := e.WithDefaults()
	if err != nil {
		return wrong(err)
	}
	if err := full.Validate(); err != nil {
		return wrong(err)
	}
	if err := checkZeros(full, point); err != nil {
		return wrong(err)
	}
	text, err = json.Marshal(e)
	return e, text, err
}

// checkZeros refuses a zero value that stands for a default: the trial would not have the value
// that its table states.
func checkZeros(full finetune.Experiment, point []Setting) error {
	values, err := settings.Flatten(full)
	if err != nil {
		return err
	}
	for _, s := range point {
		zero := slices.Contains([]string{"0", "0.0", `""`, "false", "null", "[]"}, string(s.Value))
		if now := values[s.Name]; zero && !slices.Contains([]string{"", "0", "false"}, now) {
			return fmt.Errorf("%s is %s, which stands for the default %s: give that value, or -1 where the field's documentation names it for none", s.Name, s.Value, now)
		}
	}
	return nil
}

// settingsText lists settings: "adapter.r=8 training.learning_rate=0.001".
func settingsText(point []Setting) string {
	if len(point) == 0 {
		return "the default"
	}
	var words []string
	for _, s := range point {
		var value bytes.Buffer // a file has lists with line breaks
		if json.Compact(&value, s.Value) != nil {
			value.Reset()
			value.Write(s.Value)
		}
		words = append(words, s.Name+"="+strings.Trim(value.String(), `"`))
	}
	return strings.Join(words, " ")
}
