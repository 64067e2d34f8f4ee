// Package settings holds the common parts of experiments' configurations: their error, and the
// rule that the zero value of a field means its documented default.
//
//	settings.Default(&e.Epochs, 2)
//	if e.Epochs < 1 {
//		return &settings.FieldError{Field: "training.epochs", Reason: fmt.Sprintf("is %d, expected at least 1", e.Epochs)}
//	}
package settings

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/finite"
)

// FieldError names a field of an experiment that cannot be used.
type FieldError struct {
	Field  string // path in experiment.json: "training.batch_size"
	Reason string // what was found, what is expected, and what to do
}

// Error implements error.
func (e *FieldError) Error() string { return fmt.Sprintf("experiment: %s %s", e.Field, e.Reason) }

// Float32 returns a *FieldError for a number that is computed with in float32 and is not 0, but would be 0 or
// have few digits there, or be infinite: it would have no effect, or another one.
func Float32(field string, value float64) error {
	if finite.Float32(value) {
		return nil
	}
	return &FieldError{Field: field, Reason: fmt.Sprintf("is %v, expected a magnitude from 1.2e-38 to 3.4e38, the normal numbers of float32", value)}
}

// Default gives a field that has the zero value another value.
func Default[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
