package data

import (
	"slices"
	"strings"
)

// The names of the halves, in IMDB's folders, in the names of files and in the split of a
// record, and the hub's name of the split of unlabelled examples.
const (
	train        = "train"
	validation   = "validation"
	test         = "test"
	unsupervised = "unsupervised"
)

// validationNames are the usual names of a validation half, in small letters.
var validationNames = []string{validation, "valid", "val", "dev", "devel", "development", "eval", "evaluation"}

// halfOf returns the half that a file, folder or split of this name belongs to; "" if the name
// is not one of a half. The names of a validation half match in any case.
func halfOf(name string) string {
	if slices.Contains(validationNames, strings.ToLower(name)) {
		return validation
	}
	if slices.Contains([]string{train, test, unsupervised}, name) {
		return name
	}
	return ""
}

// halves returns the parts of a data set to read.
func (o Opener) halves() []string {
	if o.textsOnly {
		return []string{train, unsupervised}
	}
	if o.Unlabelled {
		return []string{train, validation, test, unsupervised}
	}
	return []string{train, validation, test}
}
