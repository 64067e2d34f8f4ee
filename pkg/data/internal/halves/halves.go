// Package halves has the names of the parts of a data set: training, validation and test half,
// and unlabelled examples.
package halves

import (
	"slices"
	"strings"
	"unicode"
)

// The names of the halves, in IMDB's folders, in the names of files and in the split of a
// record, and the hub's name of the split of unlabelled examples.
const (
	Train        = "train"
	Validation   = "validation"
	Test         = "test"
	Unsupervised = "unsupervised"
)

// ValidationNames are the usual names of a validation half, in small letters.
var ValidationNames = []string{Validation, "valid", "val", "dev", "devel", "development", "eval", "evaluation"}

// Of returns the half that a file, folder or split of this name belongs to; "" if the name
// is not one of a half. Names match in any case.
func Of(name string) string {
	name = strings.ToLower(name)
	if slices.Contains(ValidationNames, name) {
		return Validation
	}
	if slices.Contains([]string{Train, Test, Unsupervised}, name) {
		return name
	}
	return ""
}

// IsName reports whether a name is that of a half, in any case.
func IsName(name string) bool { return Of(name) != "" }

// Words returns the words of a name: "reviewText" and "review_text" are "review" and "text".
func Words(name string) []string {
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
