package formats

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

var (
	errOpenQuote  = errors.New("a double quote opens a field, and no double quote closes it")
	errLongRecord = fmt.Errorf("the record has more than %d bytes: check for a double quote that opens a field and that none closes", maxLine)
)

// dialect is the form of a CSV file.
type dialect struct {
	delimiter byte
	quotes    Quotes // not findQuotes
	// skipSpace skips blanks between a delimiter and the quote that opens a field.
	skipSpace bool
}

var standardDialect = dialect{delimiter: ',', quotes: doubleQuotes}

// csvReader reads records of delimited fields as pandas.read_csv and Python's csv module
// do. It accepts more than RFC 4180 and encoding/csv: a double quote within an unquoted field
// is part of the text, and text after the closing quote of a field is appended to the field.
// (encoding/csv with LazyQuotes differs in the latter: it continues the field to the next
// quote before a comma.) A line ends at "\n", "\r\n" or "\r", except within quotes.
type csvReader struct {
	dialect
	in   *bufio.Reader
	line int // the current line, from 1
	// malformed reports whether text follows the closing quote of a field of the last record.
	malformed bool
	// text holds the concatenated fields of a record; ends holds the end of each.
	text   []byte
	ends   []int
	fields []string
}

func newCSVReader(r io.Reader) *csvReader { return newDialectReader(r, standardDialect) }

func newDialectReader(r io.Reader, d dialect) *csvReader {
	in := bufio.NewReader(r)
	if mark, err := in.Peek(len(byteOrderMark)); err == nil && string(mark) == string(byteOrderMark) {
		_, _ = in.Discard(len(mark))
	}
	return &csvReader{dialect: d, in: in, line: 1}
}

// csvState is the state of the reader within a record.
type csvState int

const (
	atField csvState = iota // before a field's first byte
	inField
	inQuotes
	afterQuote // a quote in a quoted field: its end, or half of a doubled one
)

// read returns the next record and its first line. The fields are valid until the next call.
// Lines that contain only blanks and tabs are skipped. At the end of the file the error is
// io.EOF.
func (c *csvReader) read() (fields []string, line int, err error) {
	c.text, c.ends = c.text[:0], c.ends[:0]
	state, line, quoted := atField, c.line, false
	c.malformed = false
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
			if len(c.ends) == 0 && !quoted && c.isBlank() {
				c.text, state, line = c.text[:0], atField, c.line
				continue
			}
			c.ends = append(c.ends, len(c.text))
			return c.record(), line, nil
		case state == inQuotes && b == '\\' && c.quotes == backslashQuotes:
			if next, err := c.in.Peek(1); err == nil && (next[0] == '"' || next[0] == '\\') {
				_, _ = c.in.Discard(1)
				b = next[0]
			}
			c.text = append(c.text, b)
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
		case b == c.delimiter:
			c.ends = append(c.ends, len(c.text))
			state = atField
		case state == atField && b == '"' && c.quotes != noQuotes:
			state, quoted = inQuotes, true
		case state == atField && b == ' ' && c.skipSpace && c.quoteFollows():
		default:
			c.malformed = c.malformed || state == afterQuote
			c.text = append(c.text, b)
			state = inField
		}
	}
}

// isBlank reports whether the only field so far is blank.
func (c *csvReader) isBlank() bool { return len(bytes.Trim(c.text, " \t")) == 0 }

// quoteFollows reports whether a quote follows after blanks.
func (c *csvReader) quoteFollows() bool {
	for n := 1; n <= 16; n++ {
		next, err := c.in.Peek(n)
		if err != nil || next[n-1] != ' ' {
			return err == nil && next[n-1] == '"'
		}
	}
	return false
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
