package canvas

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// Axes returns an empty plot with light horizontal lines, a thin x axis and
// quiet text.
func Axes(x, y Scale, xName, yName string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []struct {
		axis *plot.Axis
		s    Scale
		name string
	}{{&p.X, x, xName}, {&p.Y, y, yName}} {
		a.axis.Min, a.axis.Max = a.s.Min, a.s.Max
		a.axis.Padding = 0
		a.axis.Label.Text = a.name
		a.axis.Label.TextStyle.Font, a.axis.Label.TextStyle.Color = TextStyle(TextPt, false, Muted).Font, Muted
		a.axis.Label.Padding = 6
		a.axis.Tick.Label.Font, a.axis.Tick.Label.Color = TextStyle(SmallPt, false, Muted).Font, Muted
		var ticks []plot.Tick
		for _, v := range a.s.Ticks() {
			ticks = append(ticks, plot.Tick{Value: v, Label: a.s.Label(v)})
		}
		a.axis.Tick.Marker = plot.ConstantTicks(ticks)
		a.axis.LineStyle = draw.LineStyle{Color: Rule, Width: 1}
		a.axis.Tick.LineStyle = a.axis.LineStyle
		a.axis.Tick.Length = 4
	}
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: Faint, Width: 1}
	p.Add(grid)
	return p
}

// PlotFunc lets a function draw on a plot, in its coordinates.
type PlotFunc func(dc draw.Canvas, p *plot.Plot)

func (f PlotFunc) Plot(dc draw.Canvas, p *plot.Plot) { f(dc, p) }
