package nbformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseTree parses a JSON document into the types that Notebook's comment lists. Unlike
// encoding/json it refuses content that would be lost: a duplicate key, half a surrogate pair,
// bytes that are not UTF-8.
func parseTree(text []byte) (any, *Error) {
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		return nil, problem("", "found a byte order mark, which JSON forbids: save the file as UTF-8 without one")
	}
	switch start := bytes.TrimLeft(text, " \t\r\n"); {
	case len(text) == 0:
		return nil, problem("", "the file is empty")
	case len(start) == 0:
		return nil, problem("", "the file contains only white space")
	case start[0] == '<':
		return nil, problem("", "found %q, the start of a web page: download the notebook's raw file", excerpt(start))
	}
	if at := invalidUTF8(text); at >= 0 {
		return nil, problem("", "%s: byte 0x%02x is not UTF-8", position(text, at), text[at])
	}
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		at := len(text)
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = max(int(syntax.Offset)-1, 0) // Go 1.27 gives 0 for a number that is cut after its sign
		}
		return nil, problem("", "%s: it is not JSON: %v", position(text, at), err)
	}
	if at := loneSurrogate(text); at >= 0 {
		return nil, problem("", "%s: the escape %s is half a surrogate pair", position(text, at), text[at:at+6])
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	tree, fault := readValue(decoder)
	if fault != nil {
		fault.Path = strings.TrimPrefix(fault.Path, ".")
	}
	return tree, fault
}

// readValue reads the next value of a document that is known to be valid JSON. The path of an
// error is built only after the error, so that valid files have no cost.
func readValue(decoder *json.Decoder) (any, *Error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, problem("", "%v", err)
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			item, fault := readValue(decoder)
			if fault != nil {
				fault.Path = element("", len(list)) + fault.Path
				return nil, fault
			}
			list = append(list, item)
		}
		_, _ = decoder.Token()
		return list, nil
	case json.Delim('{'):
		object := make(map[string]any)
		for decoder.More() {
			token, err := decoder.Token()
			if err != nil {
				return nil, problem("", "%v", err)
			}
			key := token.(string)
			value, fault := readValue(decoder)
			if _, twice := object[key]; twice && fault == nil {
				fault = problem("", "the key is given twice")
			}
			if fault != nil {
				fault.Path = member("*", key)[1:] + fault.Path
				return nil, fault
			}
			object[key] = value
		}
		_, _ = decoder.Token()
		return object, nil
	}
	return token, nil
}

func invalidUTF8(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// loneSurrogate finds a \uD800 to \uDFFF escape without its other half in a valid JSON
// document, in which backslashes occur only in strings.
func loneSurrogate(text []byte) int {
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' {
			continue
		}
		at++ // the escaped character, which may be a backslash
		if text[at] != 'u' {
			continue
		}
		unit := hexUnit(text[at+1:])
		switch {
		case unit < 0xD800 || unit > 0xDFFF:
		case unit < 0xDC00 && bytes.HasPrefix(text[at+5:], []byte(`\u`)) && hexUnit(text[at+7:])>>10 == 0xDC00>>10:
			at += 6
		default:
			return at - 1
		}
		at += 4
	}
	return -1
}

func hexUnit(text []byte) uint64 {
	unit, _ := strconv.ParseUint(string(text[:4]), 16, 16)
	return unit
}

// position returns the line and column of a byte as editors show them.
func position(text []byte, at int) string {
	at = min(at, len(text))
	line := 1 + bytes.Count(text[:at], []byte("\n"))
	column := 1 + utf8.RuneCount(text[bytes.LastIndexByte(text[:at], '\n')+1:at])
	return "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)
}

func excerpt(text []byte) string {
	line, _, _ := strings.Cut(string(text[:min(len(text), 40)]), "\n")
	return strings.ToValidUTF8(strings.TrimSpace(line), "")
}

func element(path string, index int) string {
	return path + "[" + strconv.Itoa(index) + "]"
}

func member(path, key string) string {
	if plainKey.MatchString(key) {
		if path == "" {
			return key
		}
		return path + "." + key
	}
	return path + "[" + strconv.Quote(key) + "]"
}
