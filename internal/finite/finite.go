// Package finite recognizes numbers that a computation in float32 can use.
//
//	finite.Float32(1e-60) // false: it is 0 there
package finite

import (
	"errors"
	"math"
)

// ErrNotFinite is matched by the errors about predictions that are NaN or infinite.
var ErrNotFinite = errors.New("expected a finite number")

// Number reports whether a number is neither NaN nor infinite.
func Number(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Float32 reports whether a number is 0, or finite and normal in float32: neither 0 nor infinite there, nor of
// few digits.
func Float32(x float64) bool {
	const least = 0x1p-126
	rounded := float64(float32(x))
	return x == 0 || math.Abs(rounded) >= least && Number(rounded)
}
