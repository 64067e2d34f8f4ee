package bars

import (
	"fmt"
	"math"
	"strconv"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Figure is a chart of bars, checked.
type Figure struct {
	YName  string
	Groups []string
	Series []Series
}

// Series is one bar in every group, perhaps with an interval.
type Series struct {
	Name              string
	Values, Low, High []float64
}

// Kind is the name in identifiers and errors.
func (b *Figure) Kind() string { return "bars" }

// scale covers the values and the intervals, and zero.
func (b *Figure) scale(most int) canvas.Scale {
	lo, hi := 0.0, 0.0
	for _, s := range b.Series {
		for _, values := range [][]float64{s.Values, s.Low, s.High} {
			for _, v := range values {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if lo == 0 && hi == 0 {
		hi = 1
	}
	return canvas.TickScale(lo, hi, most)
}

// named reports whether the series' names are shown. A lone series has no name beside its
// bars: every bar would have the same.
func (b *Figure) named() bool { return len(b.Series) > 1 }

// value writes a number with as many decimals as every other in the chart.
func (b *Figure) value(v float64) string {
	greatest, whole := 0.0, true
	for _, s := range b.Series {
		for _, values := range [][]float64{s.Values, s.Low, s.High} {
			for _, v := range values {
				greatest = max(greatest, math.Abs(v))
				whole = whole && v == math.Trunc(v)
			}
		}
	}
	switch {
	case greatest >= 1e9 || greatest < 1e-3:
		return canvas.Number(v)
	case whole || greatest >= 1000:
		return canvas.Thousands(strconv.FormatFloat(v, 'f', 0, 64))
	case greatest >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// interval writes the ends of a bar's whisker, or nothing.
func (b *Figure) interval(s Series, group int) string {
	if len(s.Low) == 0 {
		return ""
	}
	return b.value(s.Low[group]) + " to " + b.value(s.High[group])
}

// top is the highest point of a bar and its whisker, where the value stands;
// for a bar below zero it is zero.
func (s Series) top(group int) float64 {
	t := max(0, s.Values[group])
	if len(s.High) > 0 {
		t = max(t, s.High[group])
	}
	return t
}

// describe describes a bar in words.
func (b *Figure) describe(group, series int) string {
	s := b.Series[series]
	text := b.Groups[group] + ": " + b.value(s.Values[group])
	if in := b.interval(s, group); in != "" {
		text += " (" + in + ")"
	}
	return text
}

// Numbers describes each group in words.
func (b *Figure) Numbers() []string {
	var out []string
	for g, group := range b.Groups {
		line := group + ":"
		for i, s := range b.Series {
			if i > 0 {
				line += ","
			}
			line += fmt.Sprintf(" %s %s", s.Name, b.value(s.Values[g]))
			if in := b.interval(s, g); in != "" {
				line += " (" + in + ")"
			}
		}
		out = append(out, line)
	}
	return out
}
