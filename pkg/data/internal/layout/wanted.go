package layout

import "slices"

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
