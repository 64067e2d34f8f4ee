package significance

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/internal/numerals"
)

// Estimate is a number about a sample of examples, with the interval in which the number of the
// population lies.
type Estimate struct {
	Value *float64 `json:"value"` // nil if it is not defined
	// Interval is the bias-corrected and accelerated bootstrap interval over the examples (see
	// [Bootstrap.Mean]; of more than 2,000 examples the acceleration is estimated from as many
	// random groups). It is nil if the number is undefined for the sample, or for more than 1 %
	// of the resamples, or if every resample has the same number.
	Interval *Interval `json:"interval,omitempty"`
	Reason   string    `json:"reason,omitempty"` // why Value or Interval is nil
}

// String is the value with its interval.
func (e Estimate) String() string {
	return e.text(func(number func(float64) string) func(float64) string { return number })
}

// Signed is String for a difference: all numbers have a sign.
func (e Estimate) Signed() string { return e.text(numerals.WithSign) }

// text describes the estimate. The value and the ends of its interval have the same decimals; change
// adds what they need besides.
func (e Estimate) text(change func(number func(float64) string) func(float64) string) string {
	if e.Value == nil {
		return "undefined: " + e.Reason
	}
	if e.Interval == nil {
		text := change(numerals.Metric)(*e.Value)
		if e.Reason != "" {
			text += " (no interval: " + e.Reason + ")"
		}
		return text
	}
	number := change(numerals.MetricFormat(*e.Value, e.Interval.Low, e.Interval.High))
	return fmt.Sprintf("%s, %s", number(*e.Value), e.Interval.Text(number))
}

// UnmarshalJSON reads an estimate. Earlier versions wrote intervals without spread, which are left out
// (see [Interval.NoSpread]).
func (e *Estimate) UnmarshalJSON(text []byte) error {
	type fields Estimate // without this method
	var f fields
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	if f.Interval != nil && f.Interval.NoSpread() {
		f.Interval, f.Reason = nil, noSpread
	}
	*e = Estimate(f)
	return nil
}

const tooFew = "too few different examples: it is undefined for more than 1 % of the resamples"

// NewEstimate is undefined, for a reason, if the value is NaN. An interval without spread is left out (see
// [Interval.NoSpread]).
func NewEstimate(value float64, interval *Interval, reason string) Estimate {
	switch {
	case math.IsNaN(value):
		return Estimate{Reason: reason}
	case interval == nil:
		return Estimate{Value: &value, Reason: tooFew}
	case interval.NoSpread():
		return Estimate{Value: &value, Reason: noSpread}
	}
	return Estimate{Value: &value, Interval: interval}
}

// PairedDifference is the difference of one number between two models on the same examples.
type PairedDifference struct {
	Before *float64 `json:"before"` // nil if it is not defined
	After  *float64 `json:"after"`  // nil if it is not defined
	// Difference is after minus before, with the interval of a paired bootstrap: both models are
	// measured on the same resampled examples.
	Difference Estimate `json:"difference"`
	// Test is nil for an undefined difference.
	Test *Permutation `json:"permutation,omitempty"`
}

// NewPairedDifference is undefined, for a reason, if before or after is NaN. Numbers that differ by
// [Rounding] are equal.
func NewPairedDifference(before, after float64, interval *Interval, test *Permutation, reason string) PairedDifference {
	difference := after - before
	if math.Abs(difference) <= Rounding*max(math.Abs(before), math.Abs(after)) {
		difference = 0
	}
	d := PairedDifference{Difference: NewEstimate(difference, interval, reason), Test: test}
	if !math.IsNaN(before) {
		d.Before = &before
	}
	if !math.IsNaN(after) {
		d.After = &after
	}
	return d
}

// String is the difference with its interval and its test.
func (d PairedDifference) String() string {
	number := func(v *float64) string {
		if v == nil {
			return "undefined"
		}
		return numerals.Metric(*v)
	}
	text := fmt.Sprintf("%s before, %s after", number(d.Before), number(d.After))
	if d.Difference.Value == nil {
		return text + ": " + d.Difference.Reason
	}
	text += ", difference " + d.Difference.Signed()
	if d.Test != nil {
		text += ", " + d.Test.String()
	}
	return text
}
