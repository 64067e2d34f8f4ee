// Package settings holds the common parts of experiments' configurations: their error, and the
// rule that the zero value of a field means its documented default.
//
//	settings.Default(&e.Epochs, 2)
//	if e.Epochs < 1 {
//		return &settings.FieldError{Field: "training.epochs", Reason: fmt.Sprintf("is %d, expected at least 1", e.Epochs)}
//	}
package settings

import "fmt"

// FieldError names a field of an experiment that cannot be used.
type FieldError struct {
	Field  string // path in experiment.json: "training.batch_size"
	Reason string // what was found, what is expected, and what to do
}

// Error implements error.
func (e *FieldError) Error() string { return fmt.Sprintf("experiment: %s %s", e.Field, e.Reason) }

// Default gives a field that has the zero value another value.
func Default[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
