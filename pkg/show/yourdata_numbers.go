package show

import (
	"math"

	"github.com/lorabook/lorabook/internal/numerals"
)

const (
	// The answers of a new model are between -1 and 1 or so, and a training moves them by about as much.
	// Numbers whose middle or spread is outside of these bounds make it long.
	largeNumber, smallSpread = 10, 0.05
	// farAway is the distance of an outlier from the median, in halves of the interquartile range.
	farAway = 10
)

// adviceOnNumbers returns advice on the numbers of a regression: their scale and their outliers. values
// are in ascending order.
func adviceOnNumbers(values []float64) []string {
	low, high := values[0], values[len(values)-1]
	if low == high {
		return []string{sayf("All numbers are %s: there is nothing to learn, and correlations are not defined.", numerals.Exact(low))}
	}
	median, unit := quantile(values, 0.5), (quantile(values, 0.75)-quantile(values, 0.25))/2
	if unit == 0 { // half of the numbers are equal: the unit is the usual distance of the others
		var distances []float64
		for _, v := range values {
			if v != median {
				distances = append(distances, math.Abs(v-median))
			}
		}
		unit = quantile(distances, 0.5)
	}
	var notes []string
	if max(math.Abs(median), unit) > largeNumber || unit < smallSpread {
		size := "large"
		if max(math.Abs(median), unit) <= largeNumber {
			size = "close together"
		}
		digits := 2 // or as many as the median needs beside the unit
		if median != 0 {
			digits += max(0, magnitude(median)-magnitude(unit))
		}
		notes = append(notes, sayf("The numbers are %s. The answers of a new model are near 0, and a training with numbers of another size needs many more steps: train with (number - %s) / %s, and convert the answers back.",
			size, numerals.Number(rounded(median, digits), digits), numerals.Number(rounded(unit, 2), 2)))
	}
	far := 0
	for _, v := range values {
		if math.Abs(v-median) > farAway*unit {
			far++
		}
	}
	if far > 0 {
		notes = append(notes, sayf("%d of the %d numbers %s far from the others, up to %s. The loss is the squared error, so that few such examples determine the training: correct wrong ones, or train with the logarithm of numbers that are never negative.",
			far, len(values), plural(far, "is", "are"), numerals.Number(farthest(low, high, median), 4)))
	}
	return notes
}

// magnitude is the exponent of a number's first digit.
func magnitude(x float64) int { return int(math.Floor(math.Log10(math.Abs(x)))) }

// rounded is a number with its first digits.
func rounded(x float64, digits int) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow10(magnitude(x) - digits + 1)
	return math.Round(x/unit) * unit
}

// farthest is the number that is farther from the median.
func farthest(low, high, median float64) float64 {
	if median-low > high-median {
		return low
	}
	return high
}
