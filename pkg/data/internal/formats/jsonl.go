package formats

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// maxLine is the maximal size of a line in bytes: enough for a text in which every character
// is escaped, and for fields that are not read.
const maxLine = 16 * decode.MaxText

// byteOrderMark is the mark at the beginning of UTF-8 files of Windows programs.
var byteOrderMark = []byte("\ufeff")

// ReadJSONL reads JSON Lines: one object a line (https://jsonlines.org).
func ReadJSONL(r io.Reader, sink records.Sink) error {
	table := objectReader{sink: sink}
	if err := eachLine(r, "one JSON object a line", table.add); err != nil {
		return err
	}
	return table.end()
}

// eachLine calls each with the number and the bytes of every line that is not blank, without a
// byte-order mark. expected is what a line should contain, for the error of too long a line.
func eachLine(r io.Reader, expected string, each func(number int, line []byte) error) error {
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
		if err := each(number, line); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return &decode.LineError{Line: number + 1, Err: fmt.Errorf("line has more than %d bytes: expected %s", maxLine, expected)}
	}
	return lines.Err()
}

// field is a field of a JSON object.
type field struct {
	name string
	raw  json.RawMessage
}

// parseObject reads the fields of a JSON object by their exact names; encoding/json matches the
// fields of a struct without regard to case. A name that occurs twice is an error, because
// one of its values would be lost.
func parseObject(line []byte) ([]field, error) {
	fault := func(err error) error { return fmt.Errorf("not a JSON object: %w", err) }
	decoder := json.NewDecoder(bytes.NewReader(line))
	first, err := decoder.Token()
	if err != nil {
		return nil, fault(err)
	}
	if first != json.Delim('{') {
		hint := ""
		if first == json.Delim('[') {
			hint = ": expected one object a line; a file with one JSON array of objects needs a name that ends in .json"
		}
		return nil, fault(fmt.Errorf("it begins with %v%s", first, hint))
	}
	var fields []field
	seen := map[string]bool{}
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
		if seen[key] {
			return nil, fmt.Errorf("field %q occurs twice: keep one", key)
		}
		seen[key] = true
		fields = append(fields, field{key, raw})
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fault(err)
	}
	if rest := bytes.TrimSpace(line[decoder.InputOffset():]); len(rest) > 0 {
		return nil, fault(fmt.Errorf("%.20q follows it", rest))
	}
	return fields, nil
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

// jsonValue reads a value. The numbers of a list keep their digits.
func jsonValue(name string, raw json.RawMessage) (records.Value, error) {
	switch kind := jsonKind(raw); kind {
	case "null":
		return records.Null, nil
	case "string":
		text, err := jsonString(name, raw)
		return records.Value{Text: text}, err
	case "list":
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return records.Value{}, err
		}
		v := records.Value{Kind: records.ListKind, List: make([]records.Value, len(items))}
		for i, item := range items {
			var err error
			if v.List[i], err = jsonValue(name, item); err != nil {
				return records.Value{}, err
			}
		}
		return v, nil
	case "bool":
		return records.Value{Text: string(raw), Kind: records.BoolKind}, nil
	case "object":
		return records.Value{Text: string(raw), Kind: records.ObjectKind}, nil
	}
	return records.Number(string(raw)), nil
}
