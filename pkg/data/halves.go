package data

import (
	"slices"
	"strings"
	"unicode"
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

// words returns the words of a name: "reviewText" and "review_text" are "review" and "text".
func words(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte(' ')
		case unicode.IsUpper(r) && small:
			b.WriteByte(' ')
			fallthrough
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		small = unicode.IsLower(r)
	}
	return strings.Fields(b.String())
}
