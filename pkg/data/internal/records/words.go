package records

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Names of columns with the words and the tags of sentences, as columnKey returns them.
var (
	wordNames = [][]string{{"tokens"}, {"words", "token", "word"}, {"sentence", "text", "tokenizedtext"}}
	tagNames  = [][]string{{"nertags"}, {"tags", "ner", "nertag", "nerlabels", "entitytags", "iobtags", "biotags"}, {"labels", "label", "tokenlabels"}}
)

// ErrNoLists is matched by the error of a table without lists that is read for TokenClassification.
var ErrNoLists = errors.New("no column has lists")

// holdsLists reports whether the values of a column are lists, or strings in which pandas or JSON wrote lists, as in
// a CSV file.
func holdsLists(c Column) bool {
	if c.Kind != UntypedColumn {
		return c.Kind == ListColumn
	}
	return len(c.Samples) > 0 && !slices.ContainsFunc(c.Samples, func(v Value) bool { return v.Kind != ListKind && !v.None() && !isWrittenList(v) })
}

// holdsStrings reports whether the values of a column are strings or missing.
func holdsStrings(c Column) bool {
	return (c.Kind == UntypedColumn || c.Kind == StringColumn) &&
		!slices.ContainsFunc(c.Samples, func(v Value) bool { return v.Kind != StringKind && v.Kind != NullKind })
}

// written counts the values of a column that have the brackets of lists.
func (c Column) written() (n int) {
	for _, v := range c.Samples {
		if isWrittenList(v) {
			n++
		}
	}
	return n
}

// findWords finds the column of the words.
func (f *finder) findWords() error {
	found := f.ranked(wordNames, holdsLists)
	if f.want.Text != "" {
		var err error
		if found, err = f.named("Text", "text", f.want.Text, false); err != nil {
			return err
		}
		switch c := f.columns[found[0]]; {
		case !holdsStrings(c) || 2*c.written() > len(c.Samples):
		case 2*c.stats().letters <= c.stats().values:
			return f.findRows(found)
		default:
			found = nil // texts
		}
	} else if words := f.rowWords(); len(found) == 0 && len(words) > 0 {
		return f.findRows(words)
	}
	if len(found) == 0 && (f.want.Text != "" || !slices.ContainsFunc(f.columns, holdsLists)) {
		return fmt.Errorf("%w: the task %s (in a notebook -p task=%[2]s) reads a list of words and a list of tags in each row: "+
			"expected columns such as \"tokens\" and \"ner_tags\" in JSON, Parquet or Arrow, or one word in each row in columns such as \"sentence_id\", \"word\" and \"tag\" "+
			"(Columns.ID, Text and Label name others), or a file with a word and its tag on each line; "+
			"for texts with labels leave the task out or name another one; the columns are\n%s", ErrNoLists, TokenClassification, listColumns(f.columns))
	}
	if len(found) != 1 {
		return f.notObvious("Text", "text", "the list of words", found)
	}
	f.s.text, f.s.words = found, true
	if f.s.Names[found[0]] != wordNames[0][0] {
		f.say("list of words", found...)
	}
	_, err := listRole("text").fits(f.columns[found[0]], f.sink)
	return err
}

// findTags finds the column of the tags.
func (f *finder) findTags() error {
	found := f.ranked(tagNames, func(c Column) bool { return holdsLists(c) && c.Name != f.s.Names[f.s.text[0]] })
	if len(found) == 0 && f.sink.Unlabelled && !slices.ContainsFunc(f.columns, f.mayBeTags) {
		return nil
	}
	if len(found) != 1 {
		return f.notObvious("Label", "label", "the list of tags", found)
	}
	f.say("list of tags", found...)
	return f.setLabel(found[0])
}

// mayBeTags reports whether a column has lists other than the words, or values and the name of tags: the tags may
// be there under another name or in a form that is not read.
func (f *finder) mayBeTags(c Column) bool {
	named := slices.Contains(slices.Concat(tagNames...), columnKey(c.Name)) &&
		(c.Kind == Unusable || slices.ContainsFunc(c.Samples, func(v Value) bool { return !v.None() }))
	return c.Name != f.s.Names[f.s.text[0]] && (named || holdsLists(c))
}

func listRole(name string) role {
	return role{name, []ColumnKind{ListColumn, NullColumn}, "lists", true}
}

// wordsOf returns the words of a row.
func (s *Selection) wordsOf(v Value) ([]string, error) {
	name := s.Names[s.text[0]]
	if v = v.unwritten(); v.Kind != ListKind {
		return nil, fmt.Errorf("field %q is %s: expected a list of words", name, v.Sample())
	}
	if len(v.List) == 0 {
		return nil, fmt.Errorf("field %q is an empty list: expected at least one word", name)
	}
	words := make([]string, len(v.List))
	for i, item := range v.List {
		switch {
		case item.Kind != StringKind:
			return nil, fmt.Errorf("field %q has %s as word %d: expected a string", name, item.Sample(), i)
		case !utf8.ValidString(item.Text):
			return nil, fmt.Errorf("field %q: word %d, %q, is not valid UTF-8", name, i, item.Text)
		case strings.TrimSpace(item.Text) == "":
			return nil, fmt.Errorf("field %q: word %d is blank", name, i)
		}
		words[i] = item.Text
	}
	return words, nil
}
