package lora

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Pattern is a value for the modules that a name or regular expression matches.
type Pattern[T int | float64] struct {
	Modules string // the whole dotted name or the end of it after a dot; may be a regular expression
	Value   T
}

// Patterns are tried in their order; the first that matches counts. In JSON they are an
// object, as in PEFT's rank_pattern and alpha_pattern. Its order is kept here. PEFT sorts it
// when it saves, so that another may become the first.
type Patterns[T int | float64] []Pattern[T]

// MarshalJSON writes an object, in order.
func (p Patterns[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(one.Modules)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(one.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object; null stands for an empty one. Of several values for a name the last
// counts, at the place of the first, as in Python. A value that is null is an error.
func (p *Patterns[T]) UnmarshalJSON(text []byte) error {
	*p = nil
	decoder := json.NewDecoder(bytes.NewReader(text))
	token, err := decoder.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("found %v, expected an object", token)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		one := Pattern[T]{Modules: name.(string)} // the decoder accepts nothing else as a name
		var value *T
		if err := decoder.Decode(&value); err != nil {
			return fmt.Errorf("%s: %w", one.Modules, err)
		}
		if value == nil {
			return fmt.Errorf("%s: found null, expected a number", one.Modules)
		}
		one.Value = *value
		if i := slices.IndexFunc(*p, func(earlier Pattern[T]) bool { return earlier.Modules == one.Modules }); i >= 0 {
			(*p)[i] = one
			continue
		}
		*p = append(*p, one)
	}
	return nil
}

// modules returns the names and regular expressions.
func (p Patterns[T]) modules() []string {
	var list []string
	for _, one := range p {
		list = append(list, one.Modules)
	}
	return list
}
