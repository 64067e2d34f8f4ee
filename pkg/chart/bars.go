package chart

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// BarSeries is one bar in every group, such as "before" or "after".
type BarSeries struct {
	// Name labels the bars. Required, unique in the chart.
	Name string
	// Values has one value a group.
	Values []float64
	// Low and High, when given, are the ends of an interval around each value,
	// drawn as a whisker: one a group, Low ≤ value ≤ High.
	Low, High []float64
}

// bars is the figure behind [Bars].
type bars struct {
	labels Labels
	groups []string
	series []BarSeries
}

const (
	maxGroups = 60
	maxBars   = 160 // of all groups
)

// Bars draws groups of bars from zero up, one bar of each series in every
// group, the value written on each: metrics before and after. Two series are
// drawn in grey and blue, as before and after.
//
// Bars stand upright while names and values fit beside each other. Otherwise
// they lie, one group below the other, with the names on the left, values and
// intervals on the right and a key of the series above; of two series the first
// is hollow.
//
// Groups are at most 60, series at most 6, at most 160 bars in all; values of
// one chart share one axis, so they should have one unit (accuracies and F1 in
// per cent, say). A fault in the data is a [*DataError].
func Bars(labels Labels, groups []string, series ...BarSeries) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("bars"); err != nil {
		return Chart{}, err
	}
	b := &bars{labels: labels}
	for _, g := range groups {
		b.groups = append(b.groups, oneLine(g))
	}
	if err := checkNames(labels.Title, "groups", b.groups, maxGroups); err != nil {
		return Chart{}, err
	}
	var names []string
	for _, s := range series {
		s = BarSeries{oneLine(s.Name), slices.Clone(s.Values), slices.Clone(s.Low), slices.Clone(s.High)}
		names = append(names, s.Name)
		b.series = append(b.series, s)
	}
	if err := checkNames(labels.Title, "series", names, canvas.MaxSeries); err != nil {
		return Chart{}, err
	}
	if n := len(groups) * len(series); n > maxBars {
		return Chart{}, &DataError{labels.Title, "groups", fmt.Sprintf("%d of %d series make %d bars, at most %d can be read; draw several charts", len(groups), len(series), n, maxBars)}
	}
	for _, s := range b.series {
		if err := s.check(labels.Title, b.groups); err != nil {
			return Chart{}, err
		}
	}
	return newChart(labels, b, struct {
		Groups []string
		Series []BarSeries
	}{b.groups, b.series})
}

func (s BarSeries) check(title string, groups []string) error {
	part := fmt.Sprintf("series %q", s.Name)
	if len(s.Values) != len(groups) {
		return &DataError{title, part, fmt.Sprintf("has %d values for %d groups; give one each", len(s.Values), len(groups))}
	}
	if len(s.Low) != len(s.High) || len(s.Low) != 0 && len(s.Low) != len(groups) {
		return &DataError{title, part, fmt.Sprintf("has %d low and %d high ends for %d groups; give both for every group, or none", len(s.Low), len(s.High), len(groups))}
	}
	for _, f := range []struct {
		field  string
		values []float64
	}{{"values", s.Values}, {"low", s.Low}, {"high", s.High}} {
		if err := checkNumbers(title, part+", "+f.field, f.values); err != nil {
			return err
		}
	}
	for i := range s.Low {
		if s.Low[i] > s.Values[i] || s.Values[i] > s.High[i] {
			return &DataError{title, part, fmt.Sprintf("%s: the value %s is not within its interval %s to %s", groups[i], canvas.Number(s.Values[i]), canvas.Number(s.Low[i]), canvas.Number(s.High[i]))}
		}
	}
	return nil
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
func (b *bars) interval(s BarSeries, group int) string {
	if len(s.Low) == 0 {
		return ""
	}
	return b.value(s.Low[group]) + " to " + b.value(s.High[group])
}

// top is the highest point of a bar and its whisker, where the value stands;
// for a bar below zero it is zero.
func (s BarSeries) top(group int) float64 {
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
