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

// TickScale returns a scale of at most the given number of ticks.
func TickScale(lo, hi float64, most int) Scale {
	for n := most - 1; n > 1; n-- {
		if s := NiceScale(lo, hi, n); len(s.Ticks()) <= most {
			return s
		}
	}
	return NiceScale(lo, hi, 1)
}

// XScale returns a scale whose numbers have room below an axis of the given width.
func XScale(lo, hi float64, width int) Scale {
	style := TextStyle(SmallPt, false, Muted)
	for most := 9; ; most-- {
		s := TickScale(lo, hi, most)
		widest := 0.0
		for _, v := range s.Ticks() {
			widest = max(widest, style.Width(s.Label(v)).Points())
		}
		if most == 2 || (widest+14)*float64(len(s.Ticks())-1) <= float64(width) {
			return s
		}
	}
}

// mostDecimals is the number of decimals up to which a tick is not written as a power of ten.
const mostDecimals = 12

// Label formats a tick with the decimals that distinguish it from its neighbours.
func (s Scale) Label(v float64) string {
	if math.Abs(v) < 1e-6*s.Step { // not "-0", not a rounding error
		v = 0
	}
	decimals := 0
	for step := s.Step; decimals <= mostDecimals && math.Abs(step-math.Round(step)) > 1e-6*step; decimals++ {
		step *= 10
	}
	most := max(math.Abs(s.Min), math.Abs(s.Max))
	if small := s.Step < 1e-4 && most < 1e-2; small || decimals > mostDecimals || most >= 1e9 {
		// As many digits as the largest number needs to differ by a step, and one for 2.5.
		digits := int(math.Floor(math.Log10(most))) - int(math.Floor(math.Log10(s.Step))) + 2
		return strconv.FormatFloat(RoundTo(v, min(digits, AxisDigits)), 'g', -1, 64)
	}
	return Thousands(strconv.FormatFloat(v, 'f', decimals, 64))
}

// Digits is the number of significant digits that distinguish points a thousandth of a step
// apart.
func (s Scale) Digits() int {
	most := max(math.Abs(s.Min), math.Abs(s.Max))
	return min(15, int(math.Floor(math.Log10(most)))-int(math.Floor(math.Log10(s.Step)))+4)
}

// Number writes a value as [Number] does, with more digits where neighbouring ticks need
// them. A value far below the distance of two ticks is rounded to a thousandth of it: more digits
// cannot be seen in the chart.
func (s Scale) Number(v float64) string {
	if resolution := s.Step / 1000; math.Abs(v) < 10*resolution {
		v = RoundTo(math.Round(v/resolution)*resolution, AxisDigits)
	}
	last := ""
	for _, tick := range s.Ticks() {
		if Number(tick) == last {
			return Scale{s.Min, s.Max, s.Step / 10}.Label(v)
		}
		last = Number(tick)
	}
	return Number(v)
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
