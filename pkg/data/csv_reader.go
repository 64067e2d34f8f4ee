package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

var (
	errOpenQuote  = errors.New("a double quote opens a field and none closes it")
	errLongRecord = fmt.Errorf("the record has more than %d bytes: does a double quote open a field that none closes?", maxLine)
)

// csvReader reads records of comma-separated fields as pandas.read_csv and Python's
// csv module do. It is laxer than RFC 4180 and than encoding/csv: a double quote
// within a field that does not begin with one is part of the text, and what follows
// the quote that closes a field is added to it. (LazyQuotes of encoding/csv reads
// the latter otherwise: the field goes on to the next quote before a comma.)
type csvReader struct {
	in   *bufio.Reader
	line int // the line that is read, from 1
	// text holds the fields of a record one after the other, and ends where each ends.
	text   []byte
	ends   []int
	fields []string
}

func newCSVReader(r io.Reader) *csvReader {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(len(byteOrderMark)); err == nil && string(mark) == string(byteOrderMark) {
		_, _ = in.Discard(len(mark))
	}
	return &csvReader{in: in, line: 1}
}

// csvState tells where in a record the reader is.
type csvState int

const (
	atField csvState = iota // before a field's first byte
	inField
	inQuotes
	afterQuote // a quote in a quoted field: its end, or half of a doubled one
)

// read returns the next record and the line on which it begins. The fields are
// valid until the next call. Empty lines are passed over. At the end of the file the
// error is io.EOF.
func (c *csvReader) read() (fields []string, line int, err error) {
	c.text, c.ends = c.text[:0], c.ends[:0]
	state, line := atField, c.line
	for {
		b, err := c.in.ReadByte()
		if err != nil && err != io.EOF {
			return nil, line, err
		}
		ended := err == io.EOF
		switch {
		case ended && state == inQuotes:
			return nil, line, errOpenQuote
		case ended && state == atField && len(c.ends) == 0:
			return nil, line, io.EOF
		case ended, b == '\n' && state != inQuotes:
			c.line++
			if state == atField && len(c.ends) == 0 {
				line = c.line
				continue
			}
			c.ends = append(c.ends, len(c.text))
			return c.record(), line, nil
		case len(c.text) > maxLine:
			return nil, line, errLongRecord
		case state == inQuotes && b == '"':
			state = afterQuote
		case state == inQuotes:
			if b == '\n' {
				c.line++
			}
			c.text = append(c.text, b)
		case state == afterQuote && b == '"':
			c.text = append(c.text, b)
			state = inQuotes
		case b == '\r' && c.endsLine():
		case b == ',':
			c.ends = append(c.ends, len(c.text))
			state = atField
		case state == atField && b == '"':
			state = inQuotes
		default:
			c.text = append(c.text, b)
			state = inField
		}
	}
}

// endsLine reports whether the carriage return that was read is part of a line's end.
func (c *csvReader) endsLine() bool {
	next, err := c.in.Peek(1)
	return err == io.EOF || err == nil && next[0] == '\n'
}

func (c *csvReader) record() []string {
	c.fields = c.fields[:0]
	text, begin := string(c.text), 0
	for _, end := range c.ends {
		c.fields = append(c.fields, text[begin:end])
		begin = end
	}
	return c.fields
}
