package chart

import (
	"fmt"
	"math"
	"strings"
)

// DataError reports data that a chart cannot draw.
type DataError struct {
	Chart  string // the chart's title, or its kind if it has none
	Part   string // such as `series "training loss", y[3]`
	Reason string // the value found and the value expected
}

func (e *DataError) Error() string {
	return fmt.Sprintf("chart: %q: %s: %s", e.Chart, e.Part, e.Reason)
}

// maxMagnitude bounds the values: beyond it, axis arithmetic in float64 would
// overflow.
const maxMagnitude = 1e100

// checkNumbers returns an error for the first value that cannot be drawn on an axis.
func checkNumbers(chart, part string, values []float64) error {
	for i, v := range values {
		if err := checkNumber(chart, fmt.Sprintf("%s[%d]", part, i), v); err != nil {
			return err
		}
	}
	return nil
}

func drawable(v float64) bool { return math.Abs(v) <= maxMagnitude } // NaN is not

func checkNumber(chart, part string, v float64) error {
	if !drawable(v) {
		return &DataError{chart, part, fmt.Sprintf("is %v, expected a finite number with a magnitude of at most 1e100; leave other values out", v)}
	}
	return nil
}

// checkNames returns an error for an empty or repeated name, and for more names than
// can be distinguished.
func checkNames(chart, what string, names []string, most int) error {
	if len(names) == 0 {
		return &DataError{chart, what, "none, expected at least one"}
	}
	if len(names) > most {
		return &DataError{chart, what, fmt.Sprintf("%d, expected at most %d, which can be distinguished; draw several charts", len(names), most)}
	}
	seen := make(map[string]int, len(names))
	for i, name := range names {
		if strings.TrimSpace(name) == "" {
			return &DataError{chart, fmt.Sprintf("%s %d", what, i), "has no name, expected one: each is labelled in the picture"}
		}
		if j, twice := seen[name]; twice {
			return &DataError{chart, fmt.Sprintf("%s %d", what, i), fmt.Sprintf("has the name %q of number %d, expected different names", name, j)}
		}
		seen[name] = i
	}
	return nil
}
