package data

import "github.com/lorabook/lorabook/pkg/data/internal/decode"

// Example is one text, or a pair of texts, with its answer.
type Example struct {
	// ID is unique in its data set. For IMDB it is the path of the review's file without the
	// extension, "test/pos/127_10"; for other sources the record's id, or else half and line
	// (row), "train/12". Where an id occurs in two halves, every id is prefixed with its
	// half, "test/ID". Where a half lies in several files, lines are counted over all files.
	ID string
	// Text is valid UTF-8 and never blank.
	Text string
	// TextPair is the second text of a pair, which the model reads after Text and [SEP]. It is
	// empty in a data set of single texts.
	TextPair string
	// Label is an index into the data set's Labels, or -1 for an unlabelled example and for a
	// task other than SingleLabel.
	Label int
	// Labels are the classes of an example of MultiLabel, as ascending indices into the data
	// set's Labels. An example may have none.
	Labels []int
	// Value is the answer of an example of Regression.
	Value float64
	// Words are the words of a sentence of TokenClassification, whose Text is their join with
	// blanks, and Tags their tags, as indices into the data set's Labels. Both are nil for other
	// tasks.
	Words []string
	Tags  []int
	// Rating is the number of stars of the review, up to 10, or 0 if unknown. A model never
	// sees it, because it determines the label.
	Rating float64
}

// Texts returns the examples' texts, in order, as a tokenizer expects them.
func Texts(examples []Example) []string {
	texts := make([]string, len(examples))
	for i, r := range examples {
		texts[i] = r.Text
	}
	return texts
}

// Labels returns the examples' labels, in order, as batching.NewBatcher expects them.
func Labels(examples []Example) []int {
	labels := make([]int, len(examples))
	for i, r := range examples {
		labels[i] = r.Label
	}
	return labels
}

// Clean turns HTML remains into plain text. It replaces `<br />`, in any spelling, by a line
// break and HTML entities by their characters; it trims white space at both ends, and
// replaces a run of white space by one line break if the run contains one, else by one space.
// Other markup stays, because reviewers write it themselves ("<sigh>").
func Clean(text string) string { return decode.Clean(text) }

// Task is the kind of answer that an example has. The names are transformers' values of
// problem_type; TokenClassification has no such value, and the name of Trainer's example.
type Task string

const (
	// SingleLabel is one class per example: Example.Label.
	SingleLabel Task = "single_label_classification"
	// MultiLabel is any number of classes per example, none included: Example.Labels.
	MultiLabel Task = "multi_label_classification"
	// Regression is a number per example: Example.Value.
	Regression Task = "regression"
	// TokenClassification is a tag for each word of a sentence: Example.Words and Example.Tags.
	TokenClassification Task = "token_classification"
)

// Answer is the answer of an example.
type Answer struct {
	Label  int     // as in Example
	Labels []int   // as in Example
	Tags   []int   // as in Example
	Value  float64 // as in Example
}

// Drawable are the types that can be drawn: examples, and references to the examples of an
// [Outline].
type Drawable interface {
	Example | Ref

	// Answer returns the answer, for stratified draws.
	Answer() Answer
}

// Answer returns the answer of e.
func (e Example) Answer() Answer {
	return Answer{Label: e.Label, Labels: e.Labels, Tags: e.Tags, Value: e.Value}
}
