package data

import (
	"slices"
	"strings"
)

const validation = "validation"

// halfNames are the names of all halves.
var halfNames = []string{train, test, unsupervised, validation}

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
