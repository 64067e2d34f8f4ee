package chart

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/scatter"
)

// Points are the points of a series of [Scatter].
type Points struct {
	// Name labels the points, as "after". Required, unique in the chart.
	Name string
	// X and Y are the coordinates, one of each for a point.
	X, Y []float64
}

// Scatter draws points, such as a model's answers over the right values. diagonal is the name
// of the line y = x, for example "answer = value": then both axes have the same range. An empty
// diagonal means no line.
//
// There are at most 6 series. Two series have the colours of a comparison, grey for before and
// blue for after, and the first has rings. If a series has more than 500 points, the chart draws
// 500 at equal distances in the given order and says so. Invalid data are a [*DataError].
func Scatter(labels Labels, diagonal string, series ...Points) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("scatter"); err != nil {
		return Chart{}, err
	}
	f := &scatter.Figure{Labels: canvas.Labels(labels), Diagonal: oneLine(diagonal)}
	var names []string
	for _, s := range series {
		s = Points{oneLine(s.Name), slices.Clone(s.X), slices.Clone(s.Y)}
		names = append(names, s.Name)
		f.Series = append(f.Series, scatter.Points(s))
	}
	if err := checkNames(labels.Title, "series", names, canvas.MaxSeries); err != nil {
		return Chart{}, err
	}
	for _, s := range f.Series {
		part := fmt.Sprintf("series %q", s.Name)
		if len(s.X) != len(s.Y) || len(s.X) == 0 {
			return Chart{}, &DataError{labels.Title, part, fmt.Sprintf("has %d x and %d y values, expected one of each for a point, and one point at least", len(s.X), len(s.Y))}
		}
		if err := checkNumbers(labels.Title, part+", x", s.X); err != nil {
			return Chart{}, err
		}
		if err := checkNumbers(labels.Title, part+", y", s.Y); err != nil {
			return Chart{}, err
		}
	}
	return newChart(labels, f, struct {
		Diagonal string
		Series   []scatter.Points
	}{f.Diagonal, f.Series})
}
