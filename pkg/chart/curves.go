package chart

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/curves"
)

// Series is one line of a curve chart.
type Series struct {
	// Name labels the line, as "training loss". Required, unique in the chart.
	Name string
	// Panel names the quantity and so the y axis. Series of the same Panel
	// share one set of axes; each further Panel is drawn below, over the same
	// x axis. Empty: the panel named by Labels.Y. What follows a comma, as in
	// "accuracy, %", is the unit.
	Panel string
	// X and Y are the points, X never decreasing.
	X, Y []float64
}

// Curves draws lines over a common x axis, each labelled at its end: losses
// and accuracies over training steps.
//
// Series are at most 6, in at most 4 panels. A line of more than 800 points is
// drawn by the lowest and highest point of each of 400 stretches, so peaks
// stay. A fault in the data is a [*DataError].
func Curves(labels Labels, series ...Series) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("curves"); err != nil {
		return Chart{}, err
	}
	series, err := checkSeries(labels, series)
	if err != nil {
		return Chart{}, err
	}
	drawable := 0
	for _, s := range series {
		drawable += len(s.X)
	}
	if drawable == 0 {
		return Chart{}, &DataError{labels.Title, "series", "hold no point; give at least one"}
	}
	return newChart(labels, newCurves(labels, series), series)
}

// checkSeries returns cleaned copies. A series may still be empty: while
// training runs, validation has no point at first.
func checkSeries(labels Labels, in []Series) ([]Series, error) {
	series := make([]Series, len(in))
	names := make([]string, len(in))
	var panels []string
	for i, s := range in {
		names[i] = oneLine(s.Name)
		series[i] = Series{names[i], oneLine(s.Panel), slices.Clone(s.X), slices.Clone(s.Y)}
		if series[i].Panel == "" {
			series[i].Panel = labels.Y
		}
		if !slices.Contains(panels, series[i].Panel) {
			panels = append(panels, series[i].Panel)
		}
	}
	if err := checkNames(labels.Title, "series", names, canvas.MaxSeries); err != nil {
		return nil, err
	}
	if len(panels) > canvas.MaxPanels {
		return nil, &DataError{labels.Title, "panels", fmt.Sprintf("%d named, expected at most %d; draw several charts", len(panels), canvas.MaxPanels)}
	}
	for _, s := range series {
		part := fmt.Sprintf("series %q", s.Name)
		if len(s.X) != len(s.Y) {
			return nil, &DataError{labels.Title, part, fmt.Sprintf("has %d x and %d y; every point needs both", len(s.X), len(s.Y))}
		}
		if err := checkNumbers(labels.Title, part+", x", s.X); err != nil {
			return nil, err
		}
		if err := checkNumbers(labels.Title, part+", y", s.Y); err != nil {
			return nil, err
		}
		for i := 1; i < len(s.X); i++ {
			if s.X[i] < s.X[i-1] {
				return nil, backwards(labels.Title, part, i, s.X[i-1], s.X[i])
			}
		}
	}
	return series, nil
}

func backwards(title, part string, i int, before, now float64) error {
	return &DataError{title, part, fmt.Sprintf("x[%d] is %s after %s; a curve goes from left to right", i, canvas.Number(now), canvas.Number(before))}
}

// newCurves returns the figure of checked series.
func newCurves(labels Labels, series []Series) *curves.Figure {
	lines := make([]curves.Series, len(series))
	for i, s := range series {
		lines[i] = curves.Series(s)
	}
	return curves.New(canvas.Labels(labels), lines)
}
