package chart

import (
	"fmt"
	"math"
	"strconv"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// bars is a chart of bars, checked.
type bars struct {
	yName  string
	groups []string
	series []barData
}

// barData is one bar in every group, perhaps with an interval.
type barData struct {
	Name              string
	Values, Low, High []float64
}

func (b *bars) Kind() string { return "bars" }

const (
	barsPlot = 280 // height of the plot area
	barsHead = 66  // above it: group names, and the values of bars that reach the top
	barsFoot = 42  // below it: bar names
)

func (b *bars) Height() int {
	if b.lying() {
		return b.rows().Height()
	}
	return barsHead + barsPlot + barsFoot
}

// slots is the number of bar places on the x axis: each group has an empty one
// on either side.
func (b *bars) slots() int { return len(b.groups) * (len(b.series) + 2) }

// slot returns the place of a bar.
func (b *bars) slot(group, series int) int { return group*(len(b.series)+2) + 1 + series }

func (b *bars) yScale() canvas.Scale {
	lo, hi := 0.0, 0.0
	for _, s := range b.series {
		for _, values := range [][]float64{s.Values, s.Low, s.High} {
			for _, v := range values {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if lo == 0 && hi == 0 {
		hi = 1
	}
	return canvas.NiceScale(lo, hi, 5)
}

// value writes a number with as many decimals as every other in the chart.
func (b *bars) value(v float64) string {
	greatest, whole := 0.0, true
	for _, s := range b.series {
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
func (b *bars) interval(s barData, group int) string {
	if len(s.Low) == 0 {
		return ""
	}
	return b.value(s.Low[group]) + " to " + b.value(s.High[group])
}

// top is the highest point of a bar and its whisker, where the value stands;
// for a bar below zero it is zero.
func (s barData) top(group int) float64 {
	t := max(0, s.Values[group])
	if len(s.High) > 0 {
		t = max(t, s.High[group])
	}
	return t
}

func (b *bars) Numbers() []string {
	var out []string
	for g, group := range b.groups {
		line := group + ":"
		for i, s := range b.series {
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
