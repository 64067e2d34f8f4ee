package layout

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// Wanted states what is read of a data set.
type Wanted struct {
	Halves []string // in the order of the reading
	// Evaluation accepts a data set without a training half, and a folder with the texts of one class.
	Evaluation bool
	// TextsOnly: the labels of the examples are not read.
	TextsOnly bool
}

// Has reports whether a half is read.
func (w Wanted) Has(half string) bool { return slices.Contains(w.Halves, half) }

// oneClass reports whether a folder with the texts of one class is read.
func (w Wanted) oneClass() bool { return w.Evaluation || w.TextsOnly }

// Needed returns the halves of which a data set must have one: the training half, for an evaluation any that is
// read.
func (w Wanted) Needed() []string {
	if w.Evaluation {
		return w.Halves
	}
	return []string{halves.Train}
}
