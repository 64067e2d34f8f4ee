package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxLine is the maximal size of a line in bytes: enough for a text in which every character
// is escaped, and for fields that are not read.
const maxLine = 16 * maxText

// byteOrderMark is the mark at the beginning of UTF-8 files of Windows programs.
var byteOrderMark = []byte("\ufeff")

// readJSONL reads JSON Lines: one object a line (https://jsonlines.org).
func readJSONL(r io.Reader, sink recordSink) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	number := 0
	for lines.Scan() {
		number++
		line := lines.Bytes()
		if number == 1 {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		record, err := parseJSON(line, sink.textsOnly)
		if err != nil {
			return &LineError{Line: number, Err: err}
		}
		record.line = number
		if err := sink.each(record); err != nil {
			return err
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return &LineError{Line: number + 1, Err: fmt.Errorf("line has more than %d bytes: expected one JSON object a line", maxLine)}
	} else if err != nil {
		return err
	}
	return nil
}

func parseJSON(line []byte, anyLabel bool) (record, error) {
	// encoding/json replaces invalid bytes by U+FFFD without an error.
	if !utf8.Valid(line) {
		return record{}, fmt.Errorf("%w: convert the file to UTF-8", ErrNotUTF8)
	}
	object, err := parseObject(line)
	if err != nil {
		return record{}, err
	}
	raw, ok := object["text"]
	if !ok || string(raw) == "null" {
		return record{}, fmt.Errorf(`field "text" is missing: expected {"text": "...", "label": ...}, found %.200q`, slices.Sorted(maps.Keys(object)))
	}
	var r record
	if r.text, err = jsonString("text", raw); err != nil {
		return record{}, err
	}
	if raw := object["label"]; anyLabel && len(raw) > 0 && jsonKind(raw) != "null" && jsonKind(raw) != "string" {
		r.label.text = string(raw)
	} else if r.label, err = integerOrString("label", raw); err != nil {
		return record{}, err
	}
	if raw := object["id"]; len(raw) > 0 && jsonKind(raw) == "number" {
		r.id = string(raw) // any number is an id
	} else if id, err := integerOrString("id", raw); err != nil {
		return record{}, err
	} else {
		r.id = id.text
	}
	if raw := object["rating"]; len(raw) > 0 && string(raw) != "null" {
		if jsonKind(raw) != "number" {
			return record{}, fmt.Errorf(`field "rating" is a %s: expected a number from 1 to 10`, jsonKind(raw))
		}
		if err := r.set("rating", number(string(raw))); err != nil {
			return record{}, err
		}
	}
	if raw := object["split"]; len(raw) > 0 && string(raw) != "null" {
		if r.split, err = jsonString("split", raw); err != nil {
			return record{}, err
		}
		if r.split == "" {
			return record{}, errors.New(`field "split" is empty: expected "train", "test" or "unsupervised"`)
		}
	}
	return r, nil
}

// parseObject reads a JSON object's fields by their exact names; encoding/json matches the
// fields of a struct without regard to case. A name that occurs twice is an error, because
// one of its values would be lost.
func parseObject(line []byte) (map[string]json.RawMessage, error) {
	fault := func(err error) error { return fmt.Errorf("not a JSON object: %w", err) }
	decoder := json.NewDecoder(bytes.NewReader(line))
	first, err := decoder.Token()
	if err != nil {
		return nil, fault(err)
	}
	if first != json.Delim('{') {
		hint := ""
		if first == json.Delim('[') {
			hint = ": save a JSON array as one object a line, such as with jq -c '.[]'"
		}
		return nil, fault(fmt.Errorf("it begins with %v%s", first, hint))
	}
	object := map[string]json.RawMessage{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fault(err)
		}
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			if rest := bytes.TrimLeft(line[decoder.InputOffset():], ": \t-"); bytes.HasPrefix(rest, []byte("NaN")) || bytes.HasPrefix(rest, []byte("Infinity")) {
				err = fmt.Errorf("field %q is %.8s, which is not valid JSON (Python's json module writes it): write null", name, rest)
			}
			return nil, fault(err)
		}
		key := name.(string) // the decoder guarantees it
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("field %q occurs twice: keep one", key)
		}
		object[key] = raw
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fault(err)
	}
	if rest := bytes.TrimSpace(line[decoder.InputOffset():]); len(rest) > 0 {
		return nil, fault(fmt.Errorf("%.20q follows it", rest))
	}
	return object, nil
}

// jsonKind returns the type of a JSON value.
func jsonKind(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "list"
	case 't', 'f':
		return "bool"
	case 'n':
		return "null"
	}
	return "number"
}

func jsonString(field string, raw json.RawMessage) (string, error) {
	if jsonKind(raw) != "string" {
		return "", fmt.Errorf("field %q is a %s: expected a string", field, jsonKind(raw))
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", err
	}
	// encoding/json replaces an escaped half of a surrogate pair by U+FFFD.
	if strings.ContainsRune(s, utf8.RuneError) && halfPair(raw) {
		return "", fmt.Errorf("field %q has half of a surrogate pair, such as \\ud83d without \\ude00: escape the whole pair, or write the character itself", field)
	}
	return s, nil
}

// halfPair reports whether a valid JSON string escapes half of a surrogate pair.
func halfPair(raw []byte) bool {
	escaped := func(at int) rune { // the UTF-16 code unit of the escape at an index, -1 for none
		if at+6 > len(raw) || raw[at] != '\\' || raw[at+1] != 'u' {
			return -1
		}
		unit, _ := strconv.ParseUint(string(raw[at+2:at+6]), 16, 16)
		return rune(unit)
	}
	for at := 0; at < len(raw); at++ {
		if raw[at] != '\\' {
			continue
		}
		if unit := escaped(at); utf16.IsSurrogate(unit) {
			if utf16.DecodeRune(unit, escaped(at+6)) == utf8.RuneError {
				return true
			}
			at += 6
		}
		at++ // past the escaped character
	}
	return false
}

// integerOrString reads an integer or a string: the zero value for a missing field and null.
func integerOrString(field string, raw json.RawMessage) (value, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return value{}, nil
	}
	if jsonKind(raw) == "string" {
		s, err := jsonString(field, raw)
		return value{text: s}, err
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		return value{}, fmt.Errorf("field %q is %.40s: expected an integer or a string", field, raw)
	}
	return number(strconv.Itoa(n)), nil
}
