package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// missingNames are the strings that pandas 3.1.1, and datasets 5.2.0 through it, reads as a
// missing value in a CSV file, and "?", the missing value of ARFF and of many files.
var missingNames = []string{"#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
	"<NA>", "?", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}

// labelWarnings returns warnings about labels that look like mistakes: labels that were
// trimmed, and, where no metadata declares the names, names of missing values, numbers with a
// fraction, and names that differ only in case or in invisible characters.
func (b *tableBuilder) labelWarnings(names []string) (list []string) {
	if b.trimmed > 0 {
		list = append(list, fmt.Sprintf("%d labels have white space around them, which is trimmed (the first at %s:%d, class %q)",
			b.trimmed, b.trimmedAt.Path, b.trimmedAt.Line, b.trimmedRow.Label.Text))
	}
	if b.names != nil {
		return list
	}
	var missing, fractions []string
	alike := map[string][]string{}
	var keys []string
	for _, name := range names {
		if slices.Contains(missingNames, name) {
			missing = append(missing, name)
		} else if _, err := strconv.ParseFloat(name, 64); err == nil && strings.ContainsAny(name, ".eE") {
			fractions = append(fractions, name)
		}
		key := normalizedName(name)
		if alike[key] == nil {
			keys = append(keys, key)
		}
		alike[key] = append(alike[key], name)
	}
	if missing != nil {
		list = append(list, fmt.Sprintf("the names of the classes %s are those of missing values in data files: "+
			"leave these reviews out if their labels are unknown", fewNames(missing)))
	}
	if fractions != nil {
		list = append(list, fmt.Sprintf("the labels %s are numbers with a decimal point and are read as class names: "+
			"write class numbers as integers, or read the labels as numbers with the task regression (in a notebook -p task=regression)", fewNames(fractions)))
	}
	for _, key := range keys {
		if group := alike[key]; len(group) > 1 && !b.opener.Evaluation { // the names of an evaluation are compared with the model's
			list = append(list, fmt.Sprintf("the classes %+q differ only in case, in white space or in how characters are encoded, "+
				"and count as %d: if they are one class, write them alike", group, len(group)))
		}
	}
	return list
}

// normalizedName returns a form that names which look alike share.
func normalizedName(name string) string {
	name = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) {
			return -1
		}
		return r
	}, name)
}

// fewNames quotes the first names of a list and counts the others.
func fewNames(names []string) string {
	const most, longest = 12, 60
	quoted := make([]string, min(len(names), most))
	for i := range quoted {
		quoted[i] = strconv.Quote(names[i])
		if short := []rune(names[i]); len(short) > longest {
			quoted[i] = strconv.Quote(string(short[:longest]) + "...")
		}
	}
	text := "[" + strings.Join(quoted, " ") + "]"
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
