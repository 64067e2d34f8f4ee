package data

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// dropHiddenTest leaves out a test half whose labels are hidden, as those of benchmarks are: every
// label of the half is missing, or every one is -1 and no training row has this label, without a training
// half no row of another half. A note states it. If only some labels are missing, their rows cannot be used.
func (b *tableBuilder) dropHiddenTest() {
	isMinusOne := func(row *tableRow) bool {
		label := strings.TrimSpace(row.Label.Text)
		return label == "-1" || label == "-1.0"
	}
	gives := isTrain
	if !b.needsTraining() {
		gives = b.givesClasses
	}
	tests, missing, hidden := 0, 0, 0
	for _, row := range b.rows {
		switch {
		case row.half != halves.Test:
		case isMinusOne(row):
			tests, hidden = tests+1, hidden+1
		case row.hasNoLabel(b.opener.Task):
			tests, missing = tests+1, missing+1
		default:
			tests++
		}
	}
	how := ""
	switch {
	case tests > 0 && missing == tests:
		how = "have no label"
	case tests > 0 && hidden == tests && !slices.ContainsFunc(b.rows, func(row *tableRow) bool { return gives(row) && row.half != halves.Test && isMinusOne(row) }):
		how = "have the label -1, which hides it"
	}
	if how != "" {
		b.hidden = tests
		first := slices.IndexFunc(b.rows, func(row *tableRow) bool { return row.half == halves.Test })
		b.hiddenAt = b.fault(first, fmt.Errorf("the labels of the test half are hidden: its %d examples %s", tests, how))
		b.notes = append(b.notes, fmt.Sprintf("the test half is not used: its %d examples %s", tests, how))
	}
	b.drop(func(row *tableRow) (bool, error) {
		if row.half != halves.Test {
			return false, nil
		}
		if how == "" && row.hasNoLabel(b.opener.Task) {
			return true, fmt.Errorf(`"label" is missing: expected %s, in every test example or in none`, expectedLabel(b.opener.Task))
		}
		return how != "", nil
	})
}

// hasNoLabel reports whether a row has no label, blank ones included.
func (r *tableRow) hasNoLabel(task Task) bool {
	if task == MultiLabel {
		return r.Label.Kind == records.NullKind
	}
	return r.Label.None() || r.Label.Kind == records.StringKind && strings.TrimSpace(r.Label.Text) == ""
}
