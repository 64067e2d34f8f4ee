package scatter

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Points are the points of a series: y over x.
type Points struct {
	Name string
	X, Y []float64
}

// Figure is the figure behind [chart.Scatter].
type Figure struct {
	Labels   canvas.Labels
	Diagonal string // the name of the line y = x; "" for no line
	Series   []Points
}

// Kind is the name in identifiers and errors.
func (f *Figure) Kind() string { return "scatter" }

// scales returns the scales of both axes. With a diagonal they are the same.
func (f *Figure) scales() (x, y canvas.Scale) {
	var xs, ys []float64
	for _, s := range f.Series {
		xs, ys = append(xs, s.X...), append(ys, s.Y...)
	}
	if f.Diagonal != "" {
		xs = append(xs, ys...)
		ys = xs
	}
	const ticks = 6
	return canvas.TickScale(slices.Min(xs), slices.Max(xs), ticks), canvas.TickScale(slices.Min(ys), slices.Max(ys), ticks)
}

// mostDrawn is the number of points of a series that are drawn. Of more, the drawing takes them
// at equal distances in the given order.
const mostDrawn = 500

// drawn returns the numbers of the points that are drawn.
func (s Points) drawn() []int {
	n := min(len(s.X), mostDrawn)
	out := make([]int, n)
	for i := range out {
		out[i] = i * len(s.X) / n
	}
	return out
}

// describe describes a point in words.
func (s Points) describe(i int) string {
	return fmt.Sprintf("%s at %s", canvas.Number(s.Y[i]), canvas.Number(s.X[i]))
}

// stretches is the number of groups of points in words.
const stretches = 5

// Numbers describes each series in words: the mean of y for groups of about equal size by x.
func (f *Figure) Numbers() []string {
	var out []string
	for _, s := range f.Series {
		order := make([]int, len(s.X))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case s.X[a] < s.X[b]:
				return -1
			case s.X[a] > s.X[b]:
				return 1
			}
			return 0
		})
		line := fmt.Sprintf("%s: %d points;", s.Name, len(order))
		for from := 0; from < len(order); {
			to := min(len(order), from+(len(order)+stretches-1)/stretches)
			for to < len(order) && s.X[order[to]] == s.X[order[to-1]] {
				to++
			}
			mean := 0.0
			for _, i := range order[from:to] {
				mean += s.Y[i] / float64(to-from)
			}
			low, high := canvas.Number(s.X[order[from]]), canvas.Number(s.X[order[to-1]])
			if from > 0 {
				line += ","
			}
			if low == high {
				line += fmt.Sprintf(" mean %s at %s", canvas.Number(mean), low)
			} else {
				line += fmt.Sprintf(" mean %s from %s to %s", canvas.Number(mean), low, high)
			}
			from = to
		}
		out = append(out, line)
	}
	if f.Diagonal != "" {
		out = append(out, "on the line: "+f.Diagonal)
	}
	return out
}
