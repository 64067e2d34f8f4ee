package data

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// NoColumn as a field of [records.Columns] uses no column, also where one would be found.
const NoColumn = records.NoColumn

// Columns names the columns of a table: a CSV file's header, the fields of JSON objects, the
// columns of a Parquet file. An empty field is found by the column's name, without regard to
// case, and [Dataset].Notes states the column. The name of a column that does not exist is an
// error. The columns of a CSV file without a header line are called "1", "2", ...
type Columns struct {
	// Text is the column of the text. Several columns, "title,body", are joined by a line
	// break. Found: text; review, sentence, content, comment, body, message, tweet and similar
	// names; title with description, body or content; the first column of a pair.
	Text string `json:"text,omitempty"`
	// TextPair is the column of the second text of a pair. Found: text_pair, and the second
	// column of premise and hypothesis, sentence1 and sentence2, question1 and question2,
	// question and answer and similar pairs. Where Text is set, TextPair is not found.
	TextPair string `json:"text_pair,omitempty"`
	// Label is the column of the answer. For [MultiLabel], several columns of 0 and 1,
	// "toxic,insult,threat", are a class each. Found: label; labels, target, class, category,
	// sentiment and similar names; stars, rating and score.
	Label string `json:"label,omitempty"`
	// ID is the column that names the examples. Found: id. In a table with one word of a sentence in
	// each row it is the number of the sentence, which its rows share. Found: sentence_id, Sentence #
	// and similar names, after a column of documents; doc_id or id alone, where it repeats. With
	// NoColumn the sentences are found, and numbered by their lines.
	ID string `json:"id,omitempty"`
	// Split is the column with the half of each example. Found: split; set, partition or
	// subset if their values are names of splits.
	Split string `json:"split,omitempty"`
}

// Header states whether the first line of a CSV file names its columns.
type Header string

const (
	// FindHeader decides by the content of the first lines. It is the default.
	FindHeader Header = ""
	// HasHeader takes the first line as the names of the columns.
	HasHeader Header = "yes"
	// NoHeader takes the first line as a record. The columns are called "1", "2", ...
	NoHeader Header = "no"
)

// Quotes states the role of double quotes in a CSV file.
type Quotes string

const (
	// FindQuotes decides by the content of the first lines. It is the default.
	FindQuotes Quotes = ""
	// DoubleQuotes delimit fields; two of them within a field are one (RFC 4180).
	DoubleQuotes Quotes = "double"
	// BackslashQuotes delimit fields; a backslash precedes one within a field, as MySQL, Spark
	// and R's write.table with qmethod "escape" write it.
	BackslashQuotes Quotes = "backslash"
	// NoQuotes: double quotes are ordinary characters, and a record is a line.
	NoQuotes Quotes = "none"
)

// BadRows states the treatment of records that cannot be used: with a blank text, without a
// label, for Regression with a label that is not a number, or with a fault in the format of one
// record, such as too few fields.
type BadRows string

const (
	// FailBadRows returns a [BadRowsError], which counts them and names the first ten. It is
	// the default.
	FailBadRows BadRows = "fail"
	// SkipBadRows leaves them out. A warning counts them and names the first ten.
	SkipBadRows BadRows = "skip"
)

// checkSettings checks the options that have a fixed set of values.
func (o Opener) checkSettings() error {
	if !slices.Contains([]Task{"", SingleLabel, MultiLabel, Regression, TokenClassification}, o.Task) {
		return fmt.Errorf("Opener.Task (in a notebook -p task=...) is %q: expected %q, %q, %q or %q", o.Task, SingleLabel, MultiLabel, Regression, TokenClassification)
	}
	if !slices.Contains([]Header{FindHeader, HasHeader, NoHeader}, o.Header) {
		return fmt.Errorf("Opener.Header (in a notebook -p header=...) is %q: expected %q, %q or \"\", which finds it", o.Header, HasHeader, NoHeader)
	}
	if !slices.Contains([]Quotes{FindQuotes, DoubleQuotes, BackslashQuotes, NoQuotes}, o.Quotes) {
		return fmt.Errorf("Opener.Quotes (in a notebook -p quotes=...) is %q: expected %q, %q, %q or \"\", which finds it", o.Quotes, DoubleQuotes, BackslashQuotes, NoQuotes)
	}
	if !slices.Contains([]BadRows{"", FailBadRows, SkipBadRows}, o.BadRows) {
		return fmt.Errorf("Opener.BadRows (in a notebook -p badRows=...) is %q: expected %q or %q", o.BadRows, FailBadRows, SkipBadRows)
	}
	_, err := formats.ParseDelimiter(o.Delimiter)
	return err
}
