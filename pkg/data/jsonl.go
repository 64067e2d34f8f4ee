package data

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxLine bounds a line, in bytes: a text in which every character is escaped,
// and fields that are passed over.
const maxLine = 16 * maxText

// byteOrderMark is what Windows programs begin a UTF-8 file with.
var byteOrderMark = []byte("\ufeff")

// readJSONL reads JSON Lines: one object a line (https://jsonlines.org).
func readJSONL(r io.Reader, to rows) error {
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
		record, err := parseJSON(line)
		if err != nil {
			return &LineError{Line: number, Err: err}
		}
		record.line = number
		if err := to.each(record); err != nil {
			return err
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return &LineError{Line: number + 1, Err: fmt.Errorf("line has more than %d bytes: want one JSON object a line", maxLine)}
	} else if err != nil {
		return err
	}
	return nil
}

func parseJSON(line []byte) (record, error) {
	// encoding/json would put a replacement character for bad bytes.
	if !utf8.Valid(line) {
		return record{}, fmt.Errorf("%w: convert the file to UTF-8", ErrNotUTF8)
	}
	var object struct {
		Text   *string         `json:"text"`
		Label  json.RawMessage `json:"label"`
		ID     json.RawMessage `json:"id"`
		Rating *int            `json:"rating"`
		Split  *string         `json:"split"`
	}
	if err := json.Unmarshal(line, &object); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "" {
			return record{}, fmt.Errorf("field %q is a %s: want a %s", kind.Field, kind.Value, kind.Type)
		}
		return record{}, fmt.Errorf("not a JSON object: %w", err)
	}
	if object.Text == nil {
		return record{}, errors.New(`field "text" is missing: want {"text": "...", "label": ...}`)
	}
	r := record{text: *object.Text}
	var err error
	if r.label, err = integerOrString("label", object.Label); err != nil {
		return record{}, err
	}
	if r.id, err = integerOrString("id", object.ID); err != nil {
		return record{}, err
	}
	if object.Rating != nil {
		r.rating = *object.Rating
	}
	if object.Split != nil {
		if r.split = *object.Split; r.split == "" {
			return record{}, errors.New(`field "split" is empty: want "train", "test" or "unsupervised"`)
		}
	}
	return r, nil
}

// integerOrString returns "" for a field that is missing or null.
func integerOrString(field string, raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	}
	if _, err := strconv.Atoi(string(raw)); err != nil {
		return "", fmt.Errorf("field %q is %.40s: want an integer or a string", field, raw)
	}
	return string(raw), nil
}
