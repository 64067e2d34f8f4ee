package chart

import (
	"fmt"
	"math"
	"strings"
)

// DataError says which part of a chart cannot be drawn, what was found there
// and what would be right.
type DataError struct {
	Chart   string // the chart's title, or its kind while it has none
	Part    string // such as `series "training loss", y[3]`
	Problem string // what was found, what was expected
}

func (e *DataError) Error() string {
	return fmt.Sprintf("chart %q: %s: %s", e.Chart, e.Part, e.Problem)
}

// maxMagnitude bounds what is drawn: past it, axis arithmetic in float64
// would overflow.
const maxMagnitude = 1e100

// checkNumbers refuses values that have no place on an axis.
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
		return &DataError{chart, part, fmt.Sprintf("is %v, which has no place on an axis; give finite numbers below 1e100, leave others out", v)}
	}
	return nil
}

// checkNames refuses an empty or repeated name, and more names than can be
// told apart.
func checkNames(chart, what string, names []string, most int) error {
	if len(names) == 0 {
		return &DataError{chart, what, "none given; give at least one"}
	}
	if len(names) > most {
		return &DataError{chart, what, fmt.Sprintf("%d given, at most %d can be told apart; draw several charts", len(names), most)}
	}
	seen := make(map[string]int, len(names))
	for i, name := range names {
		if strings.TrimSpace(name) == "" {
			return &DataError{chart, fmt.Sprintf("%s %d", what, i), "has no name; every one is labelled in the picture"}
		}
		if j, twice := seen[name]; twice {
			return &DataError{chart, fmt.Sprintf("%s %d", what, i), fmt.Sprintf("is named %q as number %d already; names must differ", name, j)}
		}
		seen[name] = i
	}
	return nil
}
