package data

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// validateEvaluation is Validate for Opener.Evaluation: at least one labelled example in any half, at least
// one class, different names, labels in range.
func (d *Dataset) validateEvaluation() error {
	if len(d.Train)+len(d.Validation)+len(d.Test) == 0 {
		return fmt.Errorf("data set %q has no labelled example: expected at least one for an evaluation", d.Name)
	}
	if err := d.anyName(); err != nil {
		return err
	}
	if err := d.differentNames(); err != nil {
		return err
	}
	if d.Task != SingleLabel && d.Task != "" {
		return d.validateAnswers()
	}
	for half, name := range drawnHalves {
		if _, err := d.labelCounts(name, d.half(half)); err != nil {
			return err
		}
	}
	return nil
}

// needsTraining reports whether the rules for labels are those of a training: so they are for an evaluation too
// where there is a training half, so that both read the same of a data set.
func (b *tableBuilder) needsTraining() bool {
	return !b.opener.Evaluation || slices.ContainsFunc(b.rows, isTrain)
}

// givesClasses reports whether the labels of a row are classes where no names are declared: those of the
// training half and, for an evaluation, those of every half.
func (b *tableBuilder) givesClasses(row *tableRow) bool {
	return isTrain(row) || b.opener.Evaluation && row.half != halves.Unsupervised
}

// testOnly reports whether all files of an evaluation are test files, whose labels must then be found.
func (b *tableBuilder) testOnly() bool {
	return b.opener.Evaluation && b.source != nil &&
		!slices.ContainsFunc(b.source.tables, func(t formats.Table) bool { return t.Half != halves.Test })
}

// mayBeOneClass reports whether a single column of 0 and 1 in a file may be a class: for an evaluation, but not
// in the test file of a training with hidden labels.
func (b *tableBuilder) mayBeOneClass(t formats.Table) bool {
	training := b.source != nil && slices.ContainsFunc(b.source.tables, func(t formats.Table) bool { return t.Half == halves.Train })
	return b.opener.Evaluation && (t.Half != halves.Test || !training || len(b.names) == 1)
}

// noLabelled is the error of an evaluation's data set without labelled rows.
func (b *tableBuilder) noLabelled(name string) error {
	switch {
	case b.hiddenAt != nil:
		return fmt.Errorf("%w; an evaluation needs labels: expected a half with labels; if -1 is a class, open the file by its name, not as the test half", b.hiddenAt)
	case b.bad.count > 0:
		return fmt.Errorf("data set %q has no example that can be evaluated: %s", name, b.badWarning())
	}
	return fmt.Errorf("data set %q has no labelled example: %w", name, errNoHalf)
}

var errNoHalf = errors.New("expected records of the training, the validation or the test half")
