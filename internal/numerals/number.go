package numerals

import (
	"fmt"
	"math"
	"strconv"
)

// largest is the number from which numbers are written with an exponent.
const largest = 1e15

// Number writes a number with the given number of significant digits, and with all whole digits of a
// larger one: "0.254", "1.33", "123,456". It has an exponent below 0.0001 and from 1e15 on.
func Number(x float64, digits int) string {
	if size := math.Abs(x); size >= math.Pow10(digits)-0.5 && size < largest {
		return Group(strconv.FormatFloat(x, 'f', 0, 64))
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
func Metric(x float64) string {
	if size := math.Abs(x); size != 0 && size < 0.001 || size >= 10_000 {
		return Number(x, 4)
	}
	return fmt.Sprintf("%.4f", x)
}

// SignedMetric is [Metric] with a sign.
func SignedMetric(x float64) string { return plus(x) + Metric(x) }
