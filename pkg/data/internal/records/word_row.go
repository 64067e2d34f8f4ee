package records

import (
	"fmt"
	"strings"
)

// WordRow is a row of a table with one word and its tag in each row. Package formats joins the rows of a sentence.
type WordRow struct {
	Word string
	Tag  Value // Null: none
	// Sentence are the values of the columns that number the sentences, "" where the row has none.
	Sentence []string
	// Blank reports whether the row has no word, no tag and no number.
	Blank bool
	// Fault is the reason why the word or the tag cannot be used.
	Fault error
	// Columns are the names of the columns of Sentence, for errors.
	Columns []string
	// Named reports whether the number is the id of the sentence.
	Named bool
}

// asciiSpace is trimmed from words, tags and numbers. Other white space, such as U+0085, may be a word: one without a
// token.
const asciiSpace = " \t\r\n"

// wordRow makes the record of a row of a word. A word or a tag that cannot be used is a fault of the row, so that the
// sentence is known in which it lies.
func (s *Selection) wordRow(line int, at func(column int) Value) (Record, error) {
	row := &WordRow{Columns: s.namesOf(s.sentence), Named: s.sentenceIDs, Tag: Null}
	some := false
	for i, column := range s.sentence {
		v := at(column)
		if v.Kind > NumberKind && v.Kind != NullKind && v.Kind != FaultKind {
			return Record{}, fmt.Errorf("field %q is a %s: expected the number of a sentence, an integer or a string", row.Columns[i], v.Kind)
		}
		number := strings.Trim(v.Text, asciiSpace)
		row.Sentence = append(row.Sentence, number)
		some = some || number != ""
	}
	word := at(s.text[0])
	row.Word = strings.Trim(word.Text, asciiSpace)
	if len(s.label) == 1 {
		if row.Tag = at(s.label[0]); row.Tag.Kind == StringKind {
			row.Tag.Text = strings.Trim(row.Tag.Text, asciiSpace)
		}
	}
	if row.Tag.None() {
		row.Tag = Null
	}
	row.Blank = word.Kind != FaultKind && row.Word == "" && row.Tag.Kind == NullKind && !some
	name := s.Names[s.text[0]]
	switch {
	case row.Blank:
	case word.None() || word.Kind == StringKind && row.Word == "":
		row.Fault = fmt.Errorf("field %q is blank: expected a word; if pandas wrote the file, read its source with keep_default_na=False, since pandas takes words such as \"null\", \"NA\" and \"None\" for missing values", name)
	case word.Kind != StringKind:
		row.Fault = fmt.Errorf("field %q is %s: expected a word, a string", name, word.Sample())
	case strings.ContainsAny(row.Word, "\r\n"):
		row.Fault = fmt.Errorf("field %q is %s, which has a line break: expected one word in each row; if double quotes are ordinary characters, set Opener.Quotes = data.NoQuotes (in a notebook -p quotes=none)", name, word.Sample())
	case row.Tag.Kind != StringKind && row.Tag.Kind != NumberKind && row.Tag.Kind != NullKind:
		row.Fault = fmt.Errorf("field %q is %s: expected the tag of the word, such as \"B-PER\" or \"O\"", s.Names[s.label[0]], row.Tag.Sample())
	}
	r := Record{Line: line, Label: Null, Row: row}
	if s.split >= 0 {
		v := at(s.split)
		if v.Kind != StringKind && v.Kind != NullKind {
			return r, fmt.Errorf("field %q is a %s: expected a string", s.Names[s.split], v.Kind)
		}
		r.Split = strings.TrimSpace(v.Text)
	}
	return r, nil
}
