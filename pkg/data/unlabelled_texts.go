package data

import "context"

// OpenTexts reads the texts of a data set for pre-training: those of the training half and,
// where the source has them, the unlabelled examples, in this order. It never returns texts of
// the validation and test halves. spec and errors are those of [Open], except that labels and ids of a table's
// records are not checked: a file of texts without labels is accepted, and so are labels of
// one class or numbers with a fraction. The warnings are those of [Dataset].
func OpenTexts(ctx context.Context, spec string) (texts, warnings []string, err error) {
	set, err := Opener{}.OpenTexts(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	return append(Texts(set.Train), Texts(set.Unlabelled)...), set.Warnings, nil
}

// OpenTexts reads the texts that the function [OpenTexts] reads, with options, as a data set whose
// Train and Unlabelled have the texts. No example has a label. The options Task, Columns.Label,
// Unlabelled and Evaluation have no effect.
func (o Opener) OpenTexts(ctx context.Context, spec string) (*Dataset, error) {
	o.Unlabelled, o.Evaluation, o.textsOnly, o.Task = true, false, true, SingleLabel
	return o.Open(ctx, spec)
}
