// Package jsonvalue reads fields of JSON objects whose type varies.
package jsonvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// jsonFunc reads a JSON value in a way of its own.
type jsonFunc func(text []byte) error

func (f jsonFunc) UnmarshalJSON(text []byte) error { return f(text) }

// OneOrManyOf reads a list, or a single value as a list of one.
func OneOrManyOf[T any](list *[]T) json.Unmarshaler {
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

// OneOrMany reads a list of names, or a string.
func OneOrMany(list *[]string, text *string) json.Unmarshaler {
	f := jsonFunc(func(raw []byte) error {
		if json.Unmarshal(raw, list) == nil {
			return nil
		}
		*list = nil
		return json.Unmarshal(raw, text)
	})
	return &f
}

// Truth reads true or false, which may be 1 or 0, as in Python; null leaves the value as it is.
func Truth(value *bool) json.Unmarshaler {
	f := jsonFunc(func(raw []byte) error {
		switch string(raw) {
		case "0", "1":
			*value = raw[0] == '1'
			return nil
		}
		return json.Unmarshal(raw, value)
	})
	return &f
}

// NotUTF8 returns the index of the first byte that is not UTF-8; -1 if there is none. encoding/json
// replaces such bytes without an error.
func NotUTF8(text []byte) int {
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// Compact is JSON without white space.
func Compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return string(raw)
	}
	return b.String()
}

// Shorten makes a field's value fit into an error; an absent one reads as such.
func Shorten(raw json.RawMessage) string {
	text := []rune(Compact(raw))
	if len(text) == 0 {
		return "(not given)"
	}
	if len(text) > 60 {
		return string(text[:60]) + "…"
	}
	return string(text)
}

// Error adds the place to what encoding/json says; null gives no error there.
func Error(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return errors.New("found null")
	case errors.As(err, &syntax):
		return fmt.Errorf("at byte %d: %w", syntax.Offset, err)
	}
	return err
}
