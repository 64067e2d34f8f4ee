package records

import (
	"fmt"
	"slices"
	"strings"
)

// Names of the columns of tables with one word and its tag in each row, as columnKey returns them.
var (
	rowWordNames = [][]string{{"word", "words", "token", "tokens"}}
	rowTagNames  = [][]string{{"nertag", "nertags"}, {"tag", "tags", "ner", "nerlabel", "nerlabels", "entitytag", "entitytags", "iobtag", "iobtags", "biotag", "biotags"},
		{"label", "labels", "tokenlabel", "tokenlabels"}}
	sentenceNames = [][]string{
		{"sentenceid", "sentencenumber", "sentenceno", "sentencenr", "sentencenum", "sentenceidx", "sentenceindex",
			"sentid", "sentnumber", "sentno", "sentnr", "sentnum", "sentidx", "sentindex"},
		{"sentence", "sent"},
	}
	documentNames = [][]string{{"documentid", "docid", "documentnumber", "docnumber", "documentno", "docno", "documentidx", "docidx", "documentindex", "docindex"}, {"document", "doc"}}
)

// tagRole is the role of the tags of words in rows.
var tagRole = role{"label", []ColumnKind{StringColumn, IntegerColumn, NumberColumn, NullColumn}, "tags, strings or integers", true}

// IsKnownColumn reports whether a name is that of a column that is found for the task.
func (s Sink) IsKnownColumn(name string) bool {
	return IsKnownColumn(name) || s.Task == TokenClassification && slices.ContainsFunc(slices.Concat(rowWordNames, rowTagNames, sentenceNames[:1], documentNames[:1]),
		func(rank []string) bool { return slices.Contains(rank, columnKey(name)) })
}

// holdsWords reports whether a column may have one word in each row: strings of which at most a tenth has blanks.
func holdsWords(c Column) bool {
	s := c.stats()
	return holdsText(c) && !holdsLists(c) && 10*s.letters <= s.values
}

// rowWords returns the columns that have a word in each row by their names.
func (f *finder) rowWords() []int {
	return f.ranked(rowWordNames, func(c Column) bool {
		other := Columns{Label: f.want.Label, ID: f.want.ID, Split: f.want.Split}
		return holdsWords(c) && !other.Names(c.Name)
	})
}

// findRows takes a column as that of the words of a table with one word in each row, and finds the columns that number
// the sentences.
func (f *finder) findRows(words []int) error {
	if len(words) > 1 {
		return f.notObvious("Text", "text", "the word of each row", words)
	}
	if f.want.TextPair != "" && f.want.TextPair != NoColumn {
		return fmt.Errorf("the field Columns.TextPair (in a notebook -p textPair=...) is %q: expected none, since %q has one word of a sentence in each row", f.want.TextPair, f.s.Names[words[0]])
	}
	sentence, err := f.sentenceColumns(words[0])
	if err != nil {
		return err
	}
	if len(sentence) == 0 {
		return fmt.Errorf("%w: %s; the columns are\n%s", ErrNoLists, wordRows, listColumns(f.columns))
	}
	for _, at := range sentence {
		if _, err := sentenceRole.fits(f.columns[at], f.sink); err != nil {
			return err
		}
	}
	f.s.text, f.s.rows, f.s.sentence, f.s.sentenceIDs = words, true, sentence, f.want.ID != NoColumn
	if f.want.Text == "" {
		f.say("word of each row", words...)
	}
	if f.want.ID == "" || f.want.ID == NoColumn {
		f.said = append(f.said, fmt.Sprintf("the rows with the same %s are a sentence", QuotedList(f.s.namesOf(sentence))))
	}
	return nil
}

var sentenceRole = role{"number of the sentence", []ColumnKind{StringColumn, IntegerColumn, NumberColumn, UUIDColumn, NullColumn}, "strings or numbers", true}

// sentenceColumns returns the column of the numbers of the sentences, after that of the documents, in which they may
// begin anew; none if there is no such column.
func (f *finder) sentenceColumns(words int) ([]int, error) {
	if f.want.ID != "" && f.want.ID != NoColumn {
		found, err := f.named("ID", "id", f.want.ID, false)
		if err == nil && found[0] == words {
			err = fmt.Errorf("column %q is both the word and the number of the sentence: expected two columns", f.s.Names[words])
		}
		return found, err
	}
	free := func(c Column) bool {
		other := Columns{Text: f.want.Text, Label: f.want.Label, Split: f.want.Split}
		return c.Name != f.s.Names[words] && !other.Names(c.Name) && holdsNumbers(c)
	}
	sentences := f.ranked(sentenceNames, free)
	documents := f.ranked(documentNames, func(c Column) bool { return free(c) && f.repeats(c) })
	switch {
	case len(sentences) > 1:
		return nil, f.notObvious("ID", "id", "the number of the sentence", sentences)
	case len(documents) > 1:
		return nil, f.notObvious("ID", "id", "the number of the document, in which those of the sentences may begin anew", documents)
	case len(sentences)+len(documents) > 0:
		return append(documents, sentences...), nil
	}
	if at := f.key(idNames[0]); at >= 0 && free(f.columns[at]) && f.repeats(f.columns[at]) {
		return []int{at}, nil
	}
	return nil, nil
}

// holdsNumbers reports whether the values of a column may number sentences, 3 or "Sentence: 3": no text, which
// sentences may share.
func holdsNumbers(c Column) bool {
	if c.Kind == Unusable || c.Kind == ListColumn || c.Kind == BoolColumn || c.stats().values == 0 {
		return false
	}
	return !slices.ContainsFunc(c.Samples, func(v Value) bool {
		text := strings.TrimSpace(v.Text)
		return v.Kind > NumberKind && v.Kind != NullKind || strings.ContainsAny(text, " \n") && !strings.ContainsAny(text[len(text)-1:], "0123456789")
	})
}

// repeats reports whether the value of a row is missing or that of the row before: a column of which every value differs
// from the one before numbers the rows.
func (f *finder) repeats(c Column) bool {
	for _, other := range f.columns {
		if len(other.Samples) > len(c.Samples) { // fields that a JSON object lacks
			return true
		}
	}
	for i, v := range c.Samples {
		if v.None() || i > 0 && v.Text == c.Samples[i-1].Text {
			return true
		}
	}
	return false
}

// findRowTags finds the column of the tags of words in rows.
func (f *finder) findRowTags() error {
	found := f.ranked(rowTagNames, func(c Column) bool {
		at := slices.IndexFunc(f.columns, func(other Column) bool { return other.Name == c.Name })
		return !slices.Contains(f.s.Used(), at)
	})
	if len(found) == 0 && f.sink.Unlabelled {
		return nil
	}
	if len(found) != 1 {
		return f.notObvious("Label", "label", "the tag of each word", found)
	}
	f.say("tag", found...)
	return f.setLabel(found[0])
}

// wordRows explains tables with one word in each row whose sentences are not known.
const wordRows = "each row has one word and its tag, and no column has the number of its sentence: expected one, such as \"sentence_id\", with the same number in all rows " +
	"of a sentence or in the first one alone (Columns.ID names another column, in a notebook -p id=..., of kernel evaluate and label --id-column), " +
	"or a list of words and a list of tags in each row, or a file with a word and its tag on each line, without a header line and with a blank line after each sentence (.conll)"

// rowsHint explains for another task that the table has one word and its tag in each row; "" for another table.
func (f *finder) rowsHint() (word, hint string) {
	words := f.rowWords()
	tags := f.ranked(rowTagNames, func(c Column) bool { return !holdsLists(c) })
	if len(words) != 1 || len(tags) == 0 {
		return "", ""
	}
	hint = "\nFor the task " + string(TokenClassification) + " (in a notebook -p task=" + string(TokenClassification) + "): "
	word = f.s.Names[words[0]]
	const rows = "each row has one word and its tag"
	switch sentence, err := f.sentenceColumns(words[0]); {
	case err != nil:
		return word, hint + rows
	case len(sentence) > 0:
		return word, hint + rows + ", and the rows with the same " + QuotedList(f.s.namesOf(sentence)) + " are a sentence"
	}
	return word, hint + wordRows
}
