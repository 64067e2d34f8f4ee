package roc

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func (r *Figure) Draw(dc draw.Canvas) {
	at, s := canvas.FromCorner(dc), rocScale
	place := func(x, y float64) vg.Point {
		return at(canvas.AxisRoom+rocPlot*x, rocHead+rocPlot*(1-y))
	}
	xTick, yTick := canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XCenter), canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XRight)
	for _, v := range s.Ticks() {
		dc.StrokeLines(draw.LineStyle{Color: canvas.Faint, Width: 1}, []vg.Point{place(0, v), place(1, v)})
		dc.FillText(yTick, at(canvas.AxisRoom-8, rocHead+rocPlot*(1-v)), s.Label(v))
		dc.FillText(xTick, at(canvas.AxisRoom+rocPlot*v, rocHead+rocPlot+12), s.Label(v))
	}
	dc.StrokeLines(draw.LineStyle{Color: canvas.Rule, Width: 1}, []vg.Point{place(0, 0), place(1, 0)})
	name := canvas.Middle(canvas.TextPt, false, canvas.Muted, draw.XCenter)
	dc.FillText(name, at(canvas.AxisRoom+rocPlot/2, rocHead+rocPlot+33), canvas.Shorten(r.Labels.X, name, rocPlot+canvas.AxisRoom))
	upright := name
	upright.Rotation = math.Pi / 2
	dc.FillText(upright, at(canvas.AxisRoom-44, rocHead+rocPlot/2), canvas.Shorten(r.Labels.Y, name, rocPlot+rocHead))

	dc.StrokeLines(draw.LineStyle{Color: canvas.Rule, Width: 1.5, Dashes: []vg.Length{5, 4}}, []vg.Point{place(0, 0), place(1, 1)})
	guess := canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XCenter)
	guess.Rotation = math.Pi / 4
	dc.FillText(guess, place(0.82, 0.785), Guessing)

	colours := canvas.Contrast(len(r.Curves))
	names := r.keyNames()
	small := canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XLeft)
	for i, c := range r.Curves {
		x, y := canvas.Thin(c.FalsePositives, c.TruePositives, canvas.MaxPoints)
		line := make([]vg.Point, len(x))
		for j := range line {
			line[j] = place(x[j], y[j])
		}
		style := canvas.Marks[i].Stroke(draw.LineStyle{Color: colours[i], Width: 2})
		dc.StrokeLines(style, line)
		top := r.keyTop(i)
		dc.StrokeLines(style, []vg.Point{at(rocKey, top), at(rocKey+rocLine, top)})
		dc.FillText(canvas.Middle(canvas.TextPt, true, colours[i], draw.XLeft), at(rocKey+rocLine+10, top), names[i])
		dc.FillText(small, at(rocKey+rocLine+10, top+16), c.areaText())
	}
}

var rocScale = canvas.Scale{Min: 0, Max: 1, Step: 0.2}
