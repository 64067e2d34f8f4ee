package chart

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func (r *roc) draw(dc draw.Canvas) {
	at, s := fromCorner(dc), rocScale
	place := func(x, y float64) vg.Point {
		return at(axisRoom+rocPlot*x, rocHead+rocPlot*(1-y))
	}
	xTick, yTick := middle(smallPt, false, muted, draw.XCenter), middle(smallPt, false, muted, draw.XRight)
	for _, v := range s.ticks() {
		dc.StrokeLines(draw.LineStyle{Color: faint, Width: 1}, []vg.Point{place(0, v), place(1, v)})
		dc.FillText(yTick, at(axisRoom-8, rocHead+rocPlot*(1-v)), s.label(v))
		dc.FillText(xTick, at(axisRoom+rocPlot*v, rocHead+rocPlot+12), s.label(v))
	}
	dc.StrokeLines(draw.LineStyle{Color: rule, Width: 1}, []vg.Point{place(0, 0), place(1, 0)})
	name := middle(textPt, false, muted, draw.XCenter)
	dc.FillText(name, at(axisRoom+rocPlot/2, rocHead+rocPlot+33), shorten(r.labels.X, name, rocPlot+axisRoom))
	upright := name
	upright.Rotation = math.Pi / 2
	dc.FillText(upright, at(axisRoom-44, rocHead+rocPlot/2), shorten(r.labels.Y, name, rocPlot+rocHead))

	dc.StrokeLines(draw.LineStyle{Color: rule, Width: 1.5, Dashes: []vg.Length{5, 4}}, []vg.Point{place(0, 0), place(1, 1)})
	guess := middle(smallPt, false, muted, draw.XCenter)
	guess.Rotation = math.Pi / 4
	dc.FillText(guess, place(0.82, 0.785), guessing)

	colours := contrast(len(r.curves))
	names := r.keyNames()
	small := middle(smallPt, false, muted, draw.XLeft)
	for i, c := range r.curves {
		x, y := thin(c.FalsePositives, c.TruePositives, maxPoints)
		line := make([]vg.Point, len(x))
		for j := range line {
			line[j] = place(x[j], y[j])
		}
		style := marks[i].stroke(draw.LineStyle{Color: colours[i], Width: 2})
		dc.StrokeLines(style, line)
		top := r.keyTop(i)
		dc.StrokeLines(style, []vg.Point{at(rocKey, top), at(rocKey+rocLine, top)})
		dc.FillText(middle(textPt, true, colours[i], draw.XLeft), at(rocKey+rocLine+10, top), names[i])
		dc.FillText(small, at(rocKey+rocLine+10, top+16), c.areaText())
	}
}

var rocScale = scale{0, 1, 0.2}
