package lora

import "encoding/json"

// jsonFunc reads a JSON value in a way of its own.
type jsonFunc func(text []byte) error

func (f jsonFunc) UnmarshalJSON(text []byte) error { return f(text) }

// oneOrManyOf reads a list, or a single value as a list of one.
func oneOrManyOf[T any](list *[]T) json.Unmarshaler {
	f := jsonFunc(func(text []byte) error {
		if json.Unmarshal(text, list) == nil {
			return nil
		}
		var one T
		err := json.Unmarshal(text, &one)
		*list = []T{one}
		return err
	})
	return &f
}

// oneOrMany reads a list of names, or a string.
func oneOrMany(list *[]string, text *string) json.Unmarshaler {
	f := jsonFunc(func(raw []byte) error {
		if json.Unmarshal(raw, list) == nil {
			return nil
		}
		*list = nil
		return json.Unmarshal(raw, text)
	})
	return &f
}
