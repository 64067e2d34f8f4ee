package chart

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/bars"
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
	b := &bars.Figure{YName: labels.Y}
	for _, g := range groups {
		b.Groups = append(b.Groups, oneLine(g))
	}
	if err := checkNames(labels.Title, "groups", b.Groups, maxGroups); err != nil {
		return Chart{}, err
	}
	var names []string
	var checked []BarSeries
	for _, s := range series {
		s = BarSeries{oneLine(s.Name), slices.Clone(s.Values), slices.Clone(s.Low), slices.Clone(s.High)}
		names = append(names, s.Name)
		checked = append(checked, s)
		b.Series = append(b.Series, bars.Series(s))
	}
	if err := checkNames(labels.Title, "series", names, canvas.MaxSeries); err != nil {
		return Chart{}, err
	}
	if n := len(groups) * len(series); n > maxBars {
		return Chart{}, &DataError{labels.Title, "groups", fmt.Sprintf("%d of %d series make %d bars, expected at most %d; draw several charts", len(groups), len(series), n, maxBars)}
	}
	for _, s := range checked {
		if err := s.check(labels.Title, b.Groups); err != nil {
			return Chart{}, err
		}
	}
	return newChart(labels, b, struct {
		Groups []string
		Series []BarSeries
	}{b.Groups, checked})
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
