package formats

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// sentences joins the rows of a table with one word and its tag in each row to sentences, between the reader of a format
// and its sink. Rows with the same number, one after the other, are a sentence; a row without a number continues the one
// before. Other records pass.
//
// A sentence with a row that cannot be used cannot be used as a whole: it would lack a word.
type sentences struct {
	sink records.Sink
	// now is the sentence of the last row, if open is set, and number its number.
	open   bool
	now    records.Record
	number []string
	// continued reports whether a row of it has no number, and tagged is the number of rows with a tag.
	continued bool
	tagged    int
	// untagged is the first row without a tag, and its word.
	untagged     int
	untaggedWord string
	size         int // of the words in bytes
	// fault is why it cannot be used, with the line.
	fault *decode.LineError
	// unread is the line of the last row if it could not be read, and blank that if it was blank; 0 otherwise.
	unread, blank int
	seen          map[string]*seenNumbers // by split
}

// wrap returns a sink for a reader.
func (s *sentences) wrap() records.Sink {
	sink := s.sink
	sink.Each, sink.Bad = s.add, s.bad
	return sink
}

func (s *sentences) bad(line int, err error) error {
	s.unread = line
	if !s.open {
		return s.sink.Bad(line, err)
	}
	s.spoil(line, err)
	return nil
}

// spoil notes that the sentence cannot be used.
func (s *sentences) spoil(line int, err error) {
	if s.fault == nil {
		s.fault = &decode.LineError{Line: line, Err: err}
	}
}

func (s *sentences) add(r records.Record) error {
	if r.Row == nil {
		if err := s.end(); err != nil {
			return err
		}
		return s.sink.Each(r)
	}
	if r.Row.Blank {
		s.blank = r.Line
		return nil
	}
	for _, number := range r.Row.Sentence {
		if !utf8.ValidString(number) {
			_, err := decode.Prepare(number, true)
			return &decode.LineError{Line: r.Line, Err: fmt.Errorf("the number of the sentence: %w", err)}
		}
	}
	begins, err := s.begins(&r)
	if err != nil {
		return &decode.LineError{Line: r.Line, Err: err}
	}
	if begins {
		if err := s.begin(r); err != nil {
			return err
		}
	}
	s.addWord(r)
	s.unread, s.blank = 0, 0
	return nil
}

// begins reports whether a row begins a sentence. It gives a row the numbers that it takes from the row before.
func (s *sentences) begins(r *records.Record) (bool, error) {
	row := r.Row
	names := records.QuotedList(row.Columns)
	last := len(row.Sentence) - 1
	if row.Sentence[last] == "" {
		switch {
		case !s.open && s.unread > 0:
			return true, nil // begin says that it is not known
		case !s.open:
			return false, fmt.Errorf("the row has no value in the column %s, and no row before it has one: expected the number of the sentence in its first row", names)
		case s.blank > 0:
			return false, fmt.Errorf("the row has no value in the column %s, and follows a blank row: expected the number of the sentence in its first row, and no blank row within a sentence", names)
		case r.Split != "" && r.Split != s.now.Split:
			return false, fmt.Errorf("the row continues the sentence of line %d, whose split is %q, and its split is %q: expected the same", s.now.Line, s.now.Split, r.Split)
		}
		for i, number := range row.Sentence[:last] {
			if number != "" && number != s.number[i] {
				return false, fmt.Errorf("the row has %q in the column %q, and no number of its sentence in %q: expected both", number, row.Columns[i], row.Columns[last])
			}
		}
		s.continued = true
		return false, nil
	}
	for i, number := range row.Sentence { // documents are named in their first row, as sentences
		if number == "" && s.open {
			row.Sentence[i] = s.number[i]
		}
	}
	if !s.open || r.Split != "" && r.Split != s.now.Split || !slices.Equal(row.Sentence, s.number) {
		return true, nil
	}
	if s.continued {
		return false, fmt.Errorf("the sentence %q of line %d begins again, after rows without a value in the column %s: expected a number of its own for each sentence, either in all of its rows or in the first one", s.now.Sentence, s.now.Line, names)
	}
	return false, nil
}

// begin ends the sentence before and begins that of a row.
func (s *sentences) begin(r records.Record) error {
	if err := s.end(); err != nil {
		return err
	}
	s.open, s.number, s.continued, s.size = true, r.Row.Sentence, false, 0
	s.tagged, s.untagged, s.fault = 0, 0, nil
	s.now = records.Record{Line: r.Line, Split: r.Split, Sentence: strings.Join(r.Row.Sentence, "/"), Label: records.Null}
	if r.Row.Named {
		s.now.ID = s.now.Sentence
	}
	if s.unread > 0 {
		s.spoil(s.unread, fmt.Errorf("the row cannot be read, and may be the first word of the sentence of line %d", r.Line))
	}
	if s.now.Sentence == "" {
		return nil
	}
	if s.seen == nil {
		s.seen = map[string]*seenNumbers{}
	}
	if s.seen[r.Split] == nil {
		s.seen[r.Split] = &seenNumbers{}
	}
	if !s.seen[r.Split].add(s.now.Sentence) {
		return &decode.LineError{Line: r.Line, Err: fmt.Errorf("the sentence %q of the column %s has rows before, and rows of other sentences follow those: expected its rows one after the other; "+
			"sort the rows by this column (in pandas by sort_values with kind=\"stable\"), or, if the numbers begin anew in each document, give each sentence a number of its own or add a column \"document_id\"",
			s.now.Sentence, records.QuotedList(r.Row.Columns))}
	}
	return nil
}

// addWord adds the word of a row to the sentence.
func (s *sentences) addWord(r records.Record) {
	row := r.Row
	fault := row.Fault
	if fault == nil && !utf8.ValidString(row.Word) {
		_, fault = decode.Prepare(row.Word, true)
	}
	if s.size += len(row.Word) + 1; s.size > decode.MaxText && fault == nil {
		fault = fmt.Errorf("the sentence of line %d has more than %d bytes: check the column %s", s.now.Line, decode.MaxText, records.QuotedList(row.Columns))
	}
	if fault != nil {
		s.spoil(r.Line, fault)
	}
	if s.fault != nil {
		s.now.Words, s.now.Label = nil, records.Null
		return
	}
	s.now.Words = append(s.now.Words, row.Word)
	s.now.Label.List = append(s.now.Label.List, row.Tag)
	if row.Tag.Kind != records.NullKind {
		s.tagged++
	} else if s.untagged == 0 {
		s.untagged, s.untaggedWord = r.Line, row.Word
	}
}

// end passes the sentence on.
func (s *sentences) end() error {
	if !s.open {
		return nil
	}
	s.open = false
	r := s.now
	switch {
	case s.fault != nil:
		return s.sink.Bad(s.fault.Line, s.fault.Err)
	case s.tagged > 0 && s.untagged > 0:
		return s.sink.Bad(s.untagged, fmt.Errorf("the word %.60q has no tag, and other words of its sentence have one: expected one for each word, such as \"O\" for a word outside of all entities", s.untaggedWord))
	case s.tagged > 0:
		r.Label.Kind = records.ListKind
	default:
		r.Label = records.Null
	}
	r.Text = strings.Join(r.Words, " ")
	return s.sink.Each(r)
}
