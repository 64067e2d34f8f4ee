package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

var (
	errOpenQuote  = errors.New("a double quote opens a field and none closes it")
	errLongRecord = fmt.Errorf("the record has more than %d bytes: does a double quote open a field that none closes?", maxLine)
)

// csvReader reads records of comma-separated fields as pandas.read_csv and Python's
// csv module do. It is laxer than RFC 4180 and than encoding/csv: a double quote
// within a field that does not begin with one is part of the text, and what follows
// the quote that closes a field is added to it. (LazyQuotes of encoding/csv reads
// the latter otherwise: the field goes on to the next quote before a comma.) A line
// ends at "\n", "\r\n" or "\r", except in quotes.
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
// valid until the next call. Lines that are empty or hold blanks and tabs only are
// passed over. At the end of the file the error is io.EOF.
func (c *csvReader) read() (fields []string, line int, err error) {
	c.text, c.ends = c.text[:0], c.ends[:0]
	state, line, quoted := atField, c.line, false
	for {
		b, err := c.in.ReadByte()
		if err != nil && err != io.EOF {
			return nil, line, err
		}
		ended := err == io.EOF
		if b == '\r' && state != inQuotes {
			b = '\n'
			if c.lineFeedFollows() {
				_, _ = c.in.Discard(1)
			}
		}
		switch {
		case ended && state == inQuotes:
			return nil, line, errOpenQuote
		case ended && state == atField && len(c.ends) == 0:
			return nil, line, io.EOF
		case ended, b == '\n' && state != inQuotes:
			c.line++
			if len(c.ends) == 0 && !quoted && strings.Trim(string(c.text), " \t") == "" {
				c.text, state, line = c.text[:0], atField, c.line
				continue
			}
			c.ends = append(c.ends, len(c.text))
			return c.record(), line, nil
		case len(c.text)+len(c.ends) > maxLine:
			return nil, line, errLongRecord
		case state == inQuotes && b == '"':
			state = afterQuote
		case state == inQuotes:
			if b == '\n' || b == '\r' && !c.lineFeedFollows() {
				c.line++
			}
			c.text = append(c.text, b)
		case state == afterQuote && b == '"':
			c.text = append(c.text, b)
			state = inQuotes
		case b == ',':
			c.ends = append(c.ends, len(c.text))
			state = atField
		case state == atField && b == '"':
			state, quoted = inQuotes, true
		default:
			c.text = append(c.text, b)
			state = inField
		}
	}
}

func (c *csvReader) lineFeedFollows() bool {
	next, err := c.in.Peek(1)
	return err == nil && next[0] == '\n'
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
