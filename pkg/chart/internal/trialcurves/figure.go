package trialcurves

import (
	"math"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/trials"
)

// Figure is the figure behind [chart.TrialCurves].
type Figure struct {
	trials.Search
}

// Kind is the name in identifiers and errors.
func (f *Figure) Kind() string { return "trialcurves" }

// drawn reports whether a trial has a point.
func (f *Figure) drawn(trial int) bool { return len(f.Trials[trial].X) > 0 }

// layout is the place of everything in the drawing.
type layout struct {
	plot   canvas.Plot
	key    canvas.Key
	height int
}

const (
	plotHeight   = 300
	narrowHeight = 220
	mostTicks    = 6
)

// inside returns the value of a point within the plot: outliers lie on its rim.
func (l layout) inside(v float64) float64 {
	return max(l.plot.Y.Min, min(l.plot.Y.Max, v))
}

func (f *Figure) layout(width int) layout {
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, t := range f.Trials {
		for i := range t.X {
			low, high = [2]float64{min(low[0], t.X[i]), min(low[1], t.Y[i])}, [2]float64{max(high[0], t.X[i]), max(high[1], t.Y[i])}
		}
	}
	if low[0] > high[0] {
		low, high = [2]float64{}, [2]float64{1, 1}
	}
	name := f.Objective
	if limit, outliers := f.CurveLimit(); outliers {
		low[1], high[1] = f.Within(low[1], limit), f.Within(high[1], limit)
		if name += " (higher ones at the rim)"; f.Higher {
			name = f.Objective + " (lower ones at the rim)"
		}
	}
	narrow := canvas.IsNarrow(width)
	l := layout{key: canvas.PlaceKey(f.Entries(f.Looks(), f.drawn), canvas.Margin, 0, width-2*canvas.Margin)}
	p := canvas.Plot{Top: l.key.Height + 12, Height: plotHeight, Y: canvas.TickScale(low[1], high[1], mostTicks), XName: f.Labels.X, YName: name, NameAbove: narrow}
	if narrow {
		p.Top += canvas.NameHead
		p.Height = narrowHeight
	}
	p.Left = canvas.LeftRoom(p.Y, narrow)
	p.Width = width - p.Left - canvas.Margin - 12 // room of the last number
	p.X = canvas.XScale(min(0, low[0]), high[0], p.Width)
	l.plot, l.height = p, p.Bottom()+canvas.XFoot
	return l
}

// Height is the height of the drawing in a layout of the given width.
func (f *Figure) Height(width int) int { return f.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (f *Figure) Captions(width int) []canvas.Words {
	l := f.layout(width)
	return append(l.plot.Texts(), l.key.Texts...)
}
