package formats

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// The two lines that Orange writes in a .tab or .csv file below the names of the columns
// (Orange's documentation "Loading and Saving Data", 3.40): a type and flags of each column,
// either of which may be empty.
var (
	orangeTypes = []string{"", "c", "continuous", "numeric", "n", "d", "discrete", "categorical", "s", "string", "text", "t", "time"}
	orangeFlags = []string{"class", "c", "meta", "m", "ignore", "i", "weight", "w"}
)

// orangeText are the types of a column of strings.
var orangeText = []string{"s", "string", "text"}

// isOrangeHeader reports whether the first two records below the names are Orange's lines: each
// type is known, at least one is that of strings, and each flag is known.
func isOrangeHeader(names []string, samples [][]string) bool {
	if len(samples) < 2 || len(samples[0]) != len(names) || len(samples[1]) != len(names) {
		return false
	}
	texts := 0
	for i := range names {
		kind := strings.TrimSpace(samples[0][i])
		if !slices.Contains(orangeTypes, kind) || !knownOrangeFlags(samples[1][i]) {
			return false
		}
		if slices.Contains(orangeText, kind) {
			texts++
		}
	}
	return texts > 0
}

// knownOrangeFlags reports whether a field contains only flags, "class", and attributes,
// "include=True".
func knownOrangeFlags(field string) bool {
	for _, flag := range strings.Fields(field) {
		if !slices.Contains(orangeFlags, flag) && !strings.Contains(flag, "=") {
			return false
		}
	}
	return true
}

// orangeColumns returns the columns that Orange's two lines name, where the caller names none:
// the label is the column with the flag class, and the text the one of strings, of several the
// one with the attribute include=True.
func orangeColumns(names, types, flags []string, columns records.Columns) records.Columns {
	var texts, included, classes []string
	for i, name := range names {
		fields := strings.Fields(flags[i])
		has := func(flags ...string) bool {
			return slices.ContainsFunc(fields, func(flag string) bool { return slices.Contains(flags, flag) })
		}
		switch {
		case has("ignore", "i"):
		case has("class", "c"):
			classes = append(classes, name)
		case slices.Contains(orangeText, strings.TrimSpace(types[i])):
			texts = append(texts, name)
			if has("include=True") {
				included = append(included, name)
			}
		}
	}
	if columns.Label == "" && len(classes) == 1 {
		columns.Label = classes[0]
	}
	switch {
	case columns.Text != "":
	case len(included) == 1:
		columns.Text = included[0]
	case len(texts) == 1:
		columns.Text = texts[0]
	}
	return columns
}

// skipOrangeHeader reads past Orange's two lines, if the file has them, and takes the columns
// from them. It returns the samples without them.
func (t *csvTable) skipOrangeHeader(samples [][]string) ([][]string, error) {
	if !t.hasHeader || !isOrangeHeader(t.names, samples) {
		return samples, nil
	}
	lines := 2
	if len(samples) > 2 && strings.TrimSpace(strings.Join(samples[2], "")) == "" {
		lines++ // some of Orange's own files have a record without values here
	}
	for range lines {
		if _, line, err := t.reader.read(); err != nil {
			return nil, csvFault(line, err)
		}
	}
	found := orangeColumns(t.names, samples[0], samples[1], t.sink.Columns)
	var said string
	if found.Text != "" && t.sink.Columns.Text == "" {
		said += fmt.Sprintf("; by them the text is column %q", found.Text)
	}
	if found.Label != "" && t.sink.Columns.Label == "" {
		said += fmt.Sprintf("; by them the label is column %q", found.Label)
	}
	t.sink.Note("two lines below the names of the columns contain Orange's types and flags, and are no examples" + said)
	t.sink.Columns = found
	return samples[lines:], nil
}
