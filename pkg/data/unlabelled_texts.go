package data

import "context"

// OpenTexts reads the texts of a data set for pre-training: those of the training half and, where
// the source has them, the unlabelled examples, in this order. Of a pair, both are texts of their
// own. It never returns texts of the validation and test halves. spec and errors are those of
// [Open], except that labels and ids of a table's records are not checked: a file of texts without
// labels is accepted, and so are labels of one class or numbers with a fraction. The warnings are
// those of [Dataset].
//
// A .txt file has one text a line, unless its first line names the columns of a table: "text" alone, or
// several names of which one is "text" or all are known. Nothing is cut off a line. A file with a word and
// its tag on each line has one text a sentence. A folder may hold a single file or folder of texts.
func OpenTexts(ctx context.Context, spec string) (texts, warnings []string, err error) {
	set, err := Opener{}.OpenTexts(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	return set.AllTexts(), set.Warnings, nil
}

// OpenTexts reads the texts that the function [OpenTexts] reads, with options, as a data set whose
// Train and Unlabelled have the texts. No example has a label. The options Task, Columns.Label,
// Unlabelled and Evaluation have no effect. A .txt file is read as a table as well where Columns, Delimiter,
// Header or Quotes are set.
func (o Opener) OpenTexts(ctx context.Context, spec string) (*Dataset, error) {
	o.Unlabelled, o.Evaluation, o.textsOnly, o.Task = true, false, true, SingleLabel
	return o.Open(ctx, spec)
}

// AllTexts returns the texts of the training half and the unlabelled examples, in this order. The second
// text of a pair follows the first.
func (d *Dataset) AllTexts() []string {
	texts := make([]string, 0, len(d.Train)+len(d.Unlabelled))
	for _, examples := range [][]Example{d.Train, d.Unlabelled} {
		for _, e := range examples {
			texts = append(texts, e.Text)
			if e.TextPair != "" {
				texts = append(texts, e.TextPair)
			}
		}
	}
	return texts
}
