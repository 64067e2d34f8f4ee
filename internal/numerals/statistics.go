package numerals

import (
	"fmt"
	"math"
)

// manyExamples is the number of examples from which the second decimal of a percentage says
// something: the 95 % interval of an accuracy then extends by less than one point to each side.
const manyExamples = 10_000

// decimals is the number of decimals of a percentage of examples.
func decimals(examples int) int {
	if examples >= manyExamples {
		return 2
	}
	return 1
}

// Percent writes a share of examples in percent, without the sign: "93.1", from 10,000 examples on
// "93.11".
func Percent(share float64, examples int) string {
	return fmt.Sprintf("%.*f", decimals(examples), 100*share)
}

// Points writes the difference of two shares of examples in points, with the decimals of [Percent]:
// "+0.4", "+0.36".
func Points(difference float64, examples int) string {
	return fmt.Sprintf("%+.*f", decimals(examples), 100*difference)
}

// leastP is the smallest p-value that is written: the distributions of the tests are approximate
// so far from their centre, and a value that is too small for a float64 is 0, which no p-value is.
const leastP = 1e-12

// PValue writes a p-value: "p = 0.03", "p < 1e-12".
func PValue(p float64) string {
	if p < leastP {
		return fmt.Sprintf("p < %g", leastP)
	}
	return fmt.Sprintf("p = %.2g", p)
}

// Loss writes a loss with three decimals, and the squared errors of large numbers without.
func Loss(x float64) string {
	switch {
	case x >= 1e6:
		return fmt.Sprintf("%.3g", x)
	case x >= 1000:
		return Count(int(math.Round(x)))
	}
	return fmt.Sprintf("%.3f", x)
}
