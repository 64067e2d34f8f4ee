package numerals

import (
	"math"
	"strconv"
)

// largest is the number from which numbers are written with an exponent.
const largest = 1e15

// Number writes a number with the given number of significant digits, and with all whole digits of a
// larger one: "0.254", "1.33", "1,234", "123,456". It has an exponent below 0.0001 and from 1e15 on.
func Number(x float64, digits int) string {
	switch size := math.Abs(x); {
	case size >= math.Pow10(digits)-0.5 && size < largest:
		return Group(strconv.FormatFloat(x, 'f', 0, 64))
	case size >= 1000 && size < largest:
		return Group(strconv.FormatFloat(x, 'g', digits, 64))
	}
	return strconv.FormatFloat(x, 'g', digits, 64)
}

// Signed is [Number] with a sign.
func Signed(x float64, digits int) string { return plus(x) + Number(x, digits) }

// plus is the sign of a number that is written without one.
func plus(x float64) string {
	if x >= 0 {
		return "+"
	}
	return ""
}

// Exact writes all digits of a number: "4,957,458", "0.25".
func Exact(x float64) string {
	if size := math.Abs(x); size == 0 || size >= 1e-4 && size < largest {
		return Group(strconv.FormatFloat(x, 'f', -1, 64))
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// Metric writes a metric with four decimals, or with four significant digits where these would hide a
// small error, or pretend to know a large one: "0.9311", "0.0001234", "123,456".
func Metric(x float64) string { return MetricFormat(x)(x) }

// MetricFormat returns the function that writes metrics which stand side by side, as a value and the ends
// of its interval. It is [Metric] for the largest of them, and gives the others as many decimals.
func MetricFormat(metrics ...float64) func(float64) string {
	size := 0.0
	for _, x := range metrics {
		size = max(size, math.Abs(x))
	}
	decimals := 4
	switch {
	case size >= 10_000 || size != 0 && size < 1e-4 || math.IsNaN(size):
		return func(x float64) string { return Number(x, 4) }
	case size != 0 && size < 0.001:
		decimals = 7
	}
	return func(x float64) string { return strconv.FormatFloat(x, 'f', decimals, 64) }
}

// WithSign returns number with a sign before each number.
func WithSign(number func(float64) string) func(float64) string {
	return func(x float64) string { return plus(x) + number(x) }
}
