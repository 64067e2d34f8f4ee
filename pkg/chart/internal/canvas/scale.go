package canvas

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Scale is an axis range that starts and ends on a round number, with round
// steps between.
type Scale struct{ Min, Max, Step float64 }

// NiceScale returns the scale that covers lo..hi in about n steps, each 1, 2,
// 2.5 or 5 times a power of ten. An empty range is widened.
func NiceScale(lo, hi float64, n int) Scale {
	if lo > hi {
		lo, hi = hi, lo
	}
	// A span below 1e-100 is none: steps of it would leave float64's range.
	if most := max(math.Abs(lo), math.Abs(hi)); hi-lo <= max(1e-9*most, 1e-100) {
		pad := most * 0.1
		if pad < 1e-100 {
			pad = 0.5
		}
		lo, hi = lo-pad, hi+pad
	}
	raw := (hi - lo) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * unit
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*unit >= raw*0.999 {
			step = m * unit
			break
		}
	}
	// The small slack keeps 0.3/0.1 from becoming four steps.
	// A multiple of a step such as 0.2 ends in a rounding error: 3 * 0.2 is
	// 0.6000000000000001, and ECharts writes the ends of an axis as they are.
	return Scale{
		Min:  RoundTo(math.Floor(lo/step+1e-6)*step, AxisDigits),
		Max:  RoundTo(math.Ceil(hi/step-1e-6)*step, AxisDigits),
		Step: RoundTo(step, AxisDigits),
	}
}

// Ticks returns the scale's round numbers, from min to max.
func (s Scale) Ticks() []float64 {
	n := int(math.Round((s.Max - s.Min) / s.Step))
	out := make([]float64, n+1)
	for i := range out {
		out[i] = RoundTo(s.Min+float64(i)*s.Step, AxisDigits)
	}
	return out
}

// Label formats a tick with just the decimals that its neighbours need.
func (s Scale) Label(v float64) string {
	if s.Step < 1e-4 || s.Step >= 1e6 {
		return strconv.FormatFloat(RoundTo(v, 6), 'g', -1, 64)
	}
	decimals := 0
	for step := s.Step; decimals < 6 && math.Abs(step-math.Round(step)) > 1e-6*step; decimals++ {
		step *= 10
	}
	if v == 0 { // not "-0"
		v = 0
	}
	return Thousands(strconv.FormatFloat(v, 'f', decimals, 64))
}

// AxisDigits is the number of significant digits of a position on an axis.
const AxisDigits = 12

// RoundTo keeps the given number of significant digits.
func RoundTo(v float64, digits int) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	return r
}

// Number writes a value for a reader: about three significant digits where
// there are decimals, all digits of a large whole part, thousands apart.
func Number(v float64) string {
	a := math.Abs(v)
	switch {
	case v == 0:
		return "0"
	case a < 1e-3 || a >= 1e9:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 1000:
		return Thousands(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 100:
		return trimZeros(strconv.FormatFloat(v, 'f', 1, 64))
	case a >= 10:
		return trimZeros(strconv.FormatFloat(v, 'f', 1, 64))
	}
	return trimZeros(strconv.FormatFloat(v, 'f', 3, 64))
}

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Thousands puts commas into the whole part of a decimal number.
func Thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole
}

func Percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
