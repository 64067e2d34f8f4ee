package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/table"
)

// outcome is what happened to a set.
type outcome struct {
	set      set
	opened   *data.Dataset // nil if it could not be opened
	measured *measured     // nil if it was only opened
	err      error
}

// setsTable returns what was opened: package, format and numbers.
func setsTable(outcomes []outcome) (string, error) {
	t := table.New("Data sets", columns("data set", "package", "format", "examples", "classes", "same as another library")...)
	for _, o := range outcomes {
		examples, classes, same := "", "", "not opened"
		if o.opened != nil {
			examples = fmt.Sprint(len(o.opened.Train) + len(o.opened.Validation) + len(o.opened.Test))
			classes, same = classesOf(o.opened), "yes"
			if o.err != nil && o.measured == nil {
				same = "no"
			}
		}
		t.Add(o.set.Name, o.set.Archive.String(), o.set.Format, examples, classes, same)
	}
	return t.Markdown(), t.Err()
}

// resultsTable returns the scores of the sets that were measured.
func resultsTable(outcomes []outcome) (string, error) {
	t := table.New("Metric on the test examples, %, with 95 % intervals",
		columns("data set", "classes", "training, validation, test", "metric", "constant answer", "bag of words", "BERT before", "BERT after", "seconds")...)
	for _, o := range outcomes {
		if m := o.measured; m != nil {
			t.Add(o.set.Name, classesOf(o.opened), fmt.Sprintf("%d, %d, %d", m.train, m.validation, m.test), m.metric,
				m.constant.String(), m.words.String(), m.before.String(), m.after.String(), fmt.Sprintf("%.0f", m.seconds))
		}
	}
	if t.Len() == 0 {
		return "", nil
	}
	return t.Markdown(), t.Err()
}

// classesOf returns the number of classes, or "numbers".
func classesOf(d *data.Dataset) string {
	if d.Task == data.Regression {
		return "numbers"
	}
	return fmt.Sprint(len(d.Labels))
}

func columns(names ...string) []table.Column {
	list := make([]table.Column, len(names))
	for i, name := range names {
		list[i].Name = name
	}
	return list
}

// found returns what lorabook says about each set: its notes, its warnings and its error, without
// the path of the cache.
func found(outcomes []outcome, cache string) string {
	var b strings.Builder
	for _, o := range outcomes {
		fmt.Fprintf(&b, "- %s:", o.set.Name)
		var notes, warnings []string
		switch {
		case o.measured != nil: // these include those of the opened data
			notes, warnings = o.measured.notes, o.measured.warnings
		case o.opened != nil:
			notes, warnings = o.opened.Notes, o.opened.Warnings
		}
		for _, note := range notes {
			b.WriteString(" " + sentence(note))
		}
		for _, warning := range warnings {
			b.WriteString(" Warning: " + sentence(warning))
		}
		if o.err != nil {
			b.WriteString(" Error: " + sentence(o.err.Error()))
		}
		b.WriteString("\n")
	}
	return strings.ReplaceAll(b.String(), filepath.Join(cache, "unpacked")+string(filepath.Separator), "")
}

// sentence ends text with a full stop and puts it on one line.
func sentence(text string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".") + "."
}
