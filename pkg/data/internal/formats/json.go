package formats

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// maxObject is the maximal size in bytes of a file that is one JSON object, which is read as a
// whole.
const maxObject = 1 << 30

// ReadJSON reads a .json file, in one of these forms:
//
//   - an array of objects, as a stream
//   - JSON Lines
//   - an object with one array of objects, such as {"data": [...]}, or with one for each split
//   - an object of columns or rows as pandas.DataFrame.to_json writes it: orient records,
//     columns, index, split and table
//   - an object of lists, a column each, as Dataset.to_dict of the datasets library returns it
//   - an array of arrays, whose columns are called "1", "2", ...
func ReadJSON(r io.Reader, sink records.Sink) error {
	in := bufio.NewReaderSize(r, 1<<16)
	if mark, err := in.Peek(len(byteOrderMark)); err == nil && bytes.Equal(mark, byteOrderMark) {
		_, _ = in.Discard(len(mark))
	}
	s := jsonStream{in: in}
	switch first, err := s.next(); {
	case err == io.EOF:
		return errors.New("the file is empty: expected a JSON array of objects, or one object a line")
	case err != nil:
		return err
	case first == '[':
		return readArray(&s, sink)
	case first != '{':
		return fmt.Errorf("the file begins with %q: expected a JSON array of objects, or one object a line", first)
	}
	s.back()
	object, err := s.value(maxObject)
	if err != nil {
		return err
	}
	switch after, err := s.next(); {
	case err == io.EOF:
		return readWholeObject(object, sink)
	case err != nil:
		return err
	case after == '{':
		s.back()
		return ReadJSONL(io.MultiReader(bytes.NewReader(s.lines), bytes.NewReader(object), bytes.NewReader(s.gap), in), sink)
	default:
		return fmt.Errorf("%q follows the first JSON object: expected the end of the file, or one object a line", after)
	}
}

// jsonStream cuts a JSON text into values without parsing them.
type jsonStream struct {
	in *bufio.Reader
	// lines is the white space before the first value, gap that after the last one.
	lines, gap []byte
	text       []byte
}

// next returns the next byte that is no white space.
func (s *jsonStream) next() (byte, error) {
	s.gap = s.gap[:0]
	for {
		b, err := s.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b, nil
		}
		if len(s.gap) < maxLine {
			s.gap = append(s.gap, b)
		}
	}
}

func (s *jsonStream) back() { _ = s.in.UnreadByte() }

// value returns the next array, object or other value as it is written. It is valid until the
// next call.
func (s *jsonStream) value(most int) ([]byte, error) {
	s.lines = append([]byte(nil), s.gap...)
	s.text = s.text[:0]
	depth, quoted, escaped := 0, false, false
	for {
		b, err := s.in.ReadByte()
		if err == io.EOF && depth == 0 && !quoted && len(s.text) > 0 {
			return s.text, nil
		}
		if err == io.EOF {
			return nil, errors.New("the JSON text ends within a value: check whether the file is complete")
		}
		if err != nil {
			return nil, err
		}
		if depth == 0 && !quoted && len(s.text) > 0 && (b == ',' || b == ']' || b == '}' || b == ' ' || b == '\n' || b == '\r' || b == '\t') {
			s.back()
			return s.text, nil
		}
		if s.text = append(s.text, b); len(s.text) > most {
			return nil, fmt.Errorf("a JSON value has more than %d bytes: save the records as JSON Lines", most)
		}
		switch {
		case escaped:
			escaped = false
			continue
		case quoted && b == '\\':
			escaped = true
			continue
		case b == '"':
			quoted = !quoted
		case quoted:
			continue
		case b == '{' || b == '[':
			depth++
			continue
		case b == '}' || b == ']':
			depth--
		default:
			continue
		}
		if depth <= 0 && !quoted {
			return s.text, nil
		}
	}
}

// readArray reads the elements of an array, after its first bracket.
func readArray(s *jsonStream, sink records.Sink) error {
	table := objectReader{sink: sink}
	for number := 1; ; number++ {
		first, err := s.next()
		if err == nil && first == ']' && number == 1 {
			break
		}
		if err == io.EOF {
			return errors.New("the JSON array has no end: check whether the file is complete")
		}
		if err != nil {
			return err
		}
		s.back()
		element, err := s.value(maxLine)
		if err != nil {
			return &decode.LineError{Line: number, Err: err}
		}
		if err := table.addElement(number, element); err != nil {
			return err
		}
		switch separator, err := s.next(); {
		case err == io.EOF:
			return errors.New("the JSON array has no end: check whether the file is complete")
		case err != nil:
			return err
		case separator == ']':
			if after, err := s.next(); err == nil {
				return fmt.Errorf("%q follows the JSON array: expected the end of the file", after)
			} else if err != io.EOF {
				return err
			}
			return table.end()
		case separator != ',':
			return &decode.LineError{Line: number, Err: fmt.Errorf("%q follows the element of the JSON array: expected a comma or the end", separator)}
		}
	}
	return table.end()
}

// addElement adds a row that is an object, or an array of the values of columns "1", "2", ...
func (o *objectReader) addElement(number int, element []byte) error {
	if element[0] != '[' {
		return o.add(number, element)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(element, &items); err != nil {
		return o.addRow(objectRow{number: number, fault: fmt.Errorf("not a JSON array: %w", err)}, len(element))
	}
	o.byContent = true
	return o.addRow(o.row(number, numberedFields(items)), len(element))
}

func numberedFields(items []json.RawMessage) []field {
	fields := make([]field, len(items))
	for i, item := range items {
		fields[i] = field{strconv.Itoa(i + 1), item}
	}
	return fields
}
