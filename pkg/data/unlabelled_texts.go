package data

import "context"

// OpenTexts reads the texts of a data set for pre-training: those of the training half and,
// where the source has them, the unlabelled examples, in this order. It never returns texts of
// the validation and test halves. spec and errors are those of [Open], except that labels and ids of a table's
// records are not checked: a file of texts without labels is accepted, and so are labels of
// one class or numbers with a fraction. The warnings are those of [Dataset].
func OpenTexts(ctx context.Context, spec string) (texts, warnings []string, err error) {
	set, err := Opener{Unlabelled: true, textsOnly: true}.Open(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	return append(Texts(set.Train), Texts(set.Unlabelled)...), set.Warnings, nil
}
