package data

import "context"

// OpenTexts reads what of the data set that spec names may be read without its labels,
// for pre-training: the training half and, where the source has them, the unlabelled
// reviews, in this order. The test half is never among them. Spec and errors are
// those of [Open], but that labels and ids of a table's records do not matter: a file of
// texts alone will do, and so will labels of one class, or numbers with a fraction.
// The warnings are those of [Dataset], such as the files of a folder that are not read.
func OpenTexts(ctx context.Context, spec string) (texts, warnings []string, err error) {
	set, err := Opener{Unlabelled: true, textsOnly: true}.Open(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	return append(Texts(set.Train), Texts(set.Unlabelled)...), set.Warnings, nil
}
