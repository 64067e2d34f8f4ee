package runfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/lfs"
)

// DamagedError reports a damaged file of a run folder.
type DamagedError struct {
	File   string // its path
	Line   int    // counted from 1; 0 if the position is unknown
	Err    error  // the damage
	Remedy string // what to do
}

// Error implements error.
func (e *DamagedError) Error() string {
	place := e.File
	if e.Line > 0 {
		place = fmt.Sprintf("%s, line %d", e.File, e.Line)
	}
	return fmt.Sprintf("%s: damaged: %v; to repair it, %s", place, e.Err, e.Remedy)
}

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }

// writeJSON writes v with indentation, atomically: to a temporary file, which is synced and
// renamed.
func writeJSON(path string, v any) error {
	text, err := encodeJSON(path, v)
	if err != nil {
		return err
	}
	return WriteWhole(path, text)
}

// writeCheckedJSON is writeJSON with a checksum.
func writeCheckedJSON(path string, v any) error {
	text, err := encodeJSON(path, v)
	if err != nil {
		return err
	}
	return WriteWhole(path, withChecksum(text))
}

// WriteJSON writes v as indented JSON atomically, an object with its checksum as the last field.
func WriteJSON(path string, v any) error { return writeCheckedJSON(path, v) }

// ReadJSON reads a file of [WriteJSON]. A field that v does not define, a wrong checksum or another
// kind of value is a *DamagedError with the given remedy. For a missing file the error matches
// fs.ErrNotExist.
func ReadJSON(path string, v any, remedy string) error { return readJSONAs(path, v, remedy, true) }

// ReadFields is ReadJSON, and ignores the fields that v does not define.
func ReadFields(path string, v any) error { return readJSONAs(path, v, "restore a copy", false) }

func encodeJSON(path string, v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // the files are read by people
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("%s not written: %w", path, err)
	}
	return buffer.Bytes(), nil
}

// WriteWhole writes a file atomically, with permissions for others to read it.
func WriteWhole(path string, content []byte) error {
	if err := atomicfile.Write(path, content, 0o644); err != nil {
		return fmt.Errorf("%s not written: %w", path, err)
	}
	return nil
}

// readJSON reads the one JSON value of a file. For a missing file the error matches
// fs.ErrNotExist. For a file without a value of v's type it is a *DamagedError with the given
// remedy. Fields that v does not define are ignored, so that a program can read files of later
// versions.
func readJSON(path string, v any, remedy string) error { return readJSONAs(path, v, remedy, false) }

// readJSONAs is readJSON. strict refuses fields that v does not define.
func readJSONAs(path string, v any, remedy string, strict bool) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := lfs.Check(path, content); err != nil {
		return err
	}
	// If the text is not valid JSON, the error's line is more helpful than the checksum.
	line, err := decodeJSON(content, new(json.RawMessage), false)
	if err == nil {
		content, err = withoutChecksum(content)
	}
	if err == nil {
		line, err = decodeJSON(content, v, strict)
	}
	if err != nil {
		return &DamagedError{File: path, Line: line, Err: err, Remedy: remedy}
	}
	return nil
}

// decodeJSON decodes exactly one JSON value, not null. line is the line of an error.
func decodeJSON(content []byte, v any, strict bool) (line int, err error) {
	if len(bytes.TrimSpace(content)) == 0 {
		return 0, errors.New("the file is empty")
	}
	if bytes.Equal(bytes.TrimSpace(content), []byte("null")) {
		return 0, errors.New("found null, expected a value")
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	if strict {
		decoder.DisallowUnknownFields()
	}
	at := int64(0)
	err = decoder.Decode(v)
	if err == nil {
		at = decoder.InputOffset()
		if _, err := decoder.Token(); err != io.EOF {
			return lineAt(content, at), errors.New("more text after the end of the JSON value")
		}
		return 0, nil
	}
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return lineAt(content, int64(len(content))), errors.New("the JSON value is incomplete")
	case errors.As(err, &syntax):
		return lineAt(content, syntax.Offset), err
	case errors.As(err, &mismatch):
		field := mismatch.Field
		if field == "" {
			field = "the value"
		}
		return lineAt(content, mismatch.Offset), fmt.Errorf("%s is a JSON %s, expected %s", field, mismatch.Value, mismatch.Type)
	}
	return 0, errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func lineAt(content []byte, offset int64) int {
	offset = min(max(offset, 0), int64(len(content)))
	return 1 + bytes.Count(content[:offset], []byte("\n"))
}
