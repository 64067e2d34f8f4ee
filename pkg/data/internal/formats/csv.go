package formats

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// ReadCSV reads a table of delimited fields. The delimiter, the role of quotes and the header
// line are found in the first lines, unless they are given.
// path is the name of the file, whose extension may decide.
func ReadCSV(r io.Reader, path string, options CSV, sink records.Sink) error {
	in := bufio.NewReaderSize(r, headSize)
	head, whole, err := peekHead(in)
	if err != nil {
		return err
	}
	skipped, given := cutSeparatorLine(head)
	if skipped > 0 {
		_, _ = in.Discard(skipped)
		head = head[skipped:]
		if options.Delimiter == "" {
			options.Delimiter = given
		}
	}
	if len(bytes.TrimSpace(bytes.TrimPrefix(head, byteOrderMark))) == 0 {
		return errors.New(`the file is empty: expected a header line with the columns "text" and "label"`)
	}
	comments := findComments(head, whole, path, options, sink)
	if comments.size > 0 {
		_, _ = in.Discard(comments.size)
		head = head[comments.size:]
		if comments.header {
			options.Header = hasHeaderLine
		}
		sink.Note(comments.note())
	}
	found, err := findDialect(head, whole, path, options, sink)
	if err != nil {
		return err
	}
	hasHeader, err := findHeader(found, head, options, sink)
	if err != nil {
		return err
	}
	t := csvTable{reader: newDialectReader(in, found.dialect), hasHeader: hasHeader, sink: sink}
	if skipped > 0 {
		t.reader.line++
	}
	t.reader.line += comments.lines
	noteDialect(found.dialect, hasHeader, sink)
	if err := t.choose(found); err != nil {
		return err
	}
	return t.read()
}

// cutSeparatorLine returns the length of Excel's line "sep=;" and its delimiter.
func cutSeparatorLine(head []byte) (int, string) {
	text := bytes.TrimPrefix(head, byteOrderMark)
	line, _, more := bytes.Cut(text, []byte("\n"))
	trimmed := strings.TrimRight(string(line), "\r")
	if !more || len(trimmed) != len("sep=;") || !strings.EqualFold(trimmed[:4], "sep=") {
		return 0, ""
	}
	return len(head) - len(text) + len(line) + 1, trimmed[4:]
}

// noteDialect states what differs from a CSV file with commas and a header line.
func noteDialect(d dialect, hasHeader bool, sink records.Sink) {
	var said []string
	if d.delimiter != ',' {
		said = append(said, delimiterName(d.delimiter)+" separate the fields")
	}
	switch d.quotes {
	case backslashQuotes:
		said = append(said, `a backslash precedes a double quote within a field`)
	case noQuotes:
		said = append(said, "double quotes are ordinary characters")
	}
	if d.skipSpace {
		said = append(said, "blanks before a quoted field are skipped")
	}
	if !hasHeader {
		said = append(said, `there is no header line, and the columns are called "1", "2" and so on`)
	}
	if len(said) > 0 {
		sink.Note(strings.Join(said, "; "))
	}
}

// csvTable reads the records of a file in a known dialect.
type csvTable struct {
	reader    *csvReader
	hasHeader bool
	sink      records.Sink
	names     []string
	chosen    *records.Selection
}

// choose reads the header line and chooses the columns.
func (t *csvTable) choose(found trial) error {
	samples := found.records
	headerLine := 1
	if t.hasHeader {
		header, line, err := t.reader.read()
		if err == io.EOF {
			return errors.New(`the file is empty: expected a header line with the columns "text" and "label"`)
		}
		if err != nil {
			return csvFault(line, err)
		}
		headerLine = line
		for _, name := range header {
			t.names = append(t.names, strings.TrimSpace(name))
		}
		if samples, err = t.skipOrangeHeader(samples[min(1, len(samples)):]); err != nil {
			return err
		}
	} else {
		for i := range found.fields {
			t.names = append(t.names, strconv.Itoa(i+1))
		}
	}
	t.nameIndex(samples)
	columns := make([]records.Column, len(t.names))
	for i, name := range t.names {
		columns[i] = records.Column{Name: name, Kind: records.UntypedColumn}
		for _, record := range samples[:min(len(samples), records.MaxSampledRows)] {
			if len(record) == len(t.names) {
				columns[i].Samples = append(columns[i].Samples, records.Value{Text: record[i]})
			}
		}
	}
	var err error
	if t.chosen, err = records.Select(columns, !t.hasHeader, t.sink); err != nil {
		return &decode.LineError{Line: headerLine, Err: err}
	}
	return nil
}

// nameIndex adds a column to a header line that lacks the name of the first column, the row
// names, as R's write.table writes it.
func (t *csvTable) nameIndex(samples [][]string) {
	if !t.hasHeader || len(samples) == 0 || t.sink.Columns.Names("row names") {
		return
	}
	for _, record := range samples {
		if len(record) != len(t.names)+1 {
			return
		}
	}
	t.sink.Note(`the header line has a name less than the records have fields, and the first column is called "row names"`)
	t.names = append([]string{"row names"}, t.names...)
}

func (t *csvTable) read() error {
	for {
		fields, line, err := t.reader.read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return csvFault(line, err)
		}
		if t.reader.malformed && t.reader.line > line+1 {
			return &decode.LineError{Line: line, Err: fmt.Errorf(
				"a double quote opens a field that ends %d lines below, and text follows the quote that closes it: correct the quotes, or, if they are ordinary characters, set Opener.Quotes = data.NoQuotes (in a notebook -p quotes=none)",
				t.reader.line-line-1)}
		}
		if len(fields) != len(t.names) {
			if err := t.sink.Bad(line, t.wrongCount(len(fields))); err != nil {
				return err
			}
			continue
		}
		if t.repeatsHeader(fields) {
			if err := t.sink.Bad(line, errors.New("the record repeats the header line, as in files that were joined: leave it out")); err != nil {
				return err
			}
			continue
		}
		record, err := t.chosen.Record(line, func(column int) records.Value {
			return records.Value{Text: strings.Clone(fields[column])} // not to keep the whole record
		})
		if err != nil {
			if err := t.sink.Bad(line, err); err != nil {
				return err
			}
			continue
		}
		if err := t.sink.Each(record); err != nil {
			return err
		}
	}
}

// repeatsHeader reports whether a record is the header line once more.
func (t *csvTable) repeatsHeader(fields []string) bool {
	for i, name := range t.names {
		if strings.TrimSpace(fields[i]) != name {
			return false
		}
	}
	return t.hasHeader && len(t.names) > 1
}

func (t *csvTable) wrongCount(fields int) error {
	as := "in the header"
	if !t.hasHeader {
		as = "in most records"
	}
	return fmt.Errorf("the record has %d fields, expected %d as %s: put text that contains %s into double quotes",
		fields, len(t.names), as, delimiterName(t.reader.delimiter))
}

// csvFault adds the line of the bad record to errors in the content of the file.
func csvFault(line int, err error) error {
	if errors.Is(err, errOpenQuote) || errors.Is(err, errLongRecord) {
		return &decode.LineError{Line: line, Err: err}
	}
	return err
}
