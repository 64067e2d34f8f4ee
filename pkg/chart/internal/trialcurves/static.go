package trialcurves

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (f *Figure) Draw(dc draw.Canvas) {
	l, at := f.layout(canvas.WidthOf(dc)), canvas.FromCorner(dc)
	l.plot.Draw(dc)
	looks := f.Looks()
	for _, i := range f.Order(looks) {
		t, look := f.Trials[i], looks[i]
		var places [][2]float64
		for j := range t.X {
			x, y := l.plot.Place(t.X[j], l.inside(t.Y[j]))
			places = append(places, [2]float64{x, y})
		}
		if len(places) > 1 {
			canvas.Polyline(dc, look.Mark.Stroke(draw.LineStyle{Color: look.Colour, Width: vg.Length(look.Width)}), places)
		}
		for _, p := range places {
			dc.DrawGlyph(draw.GlyphStyle{Color: look.Colour, Radius: vg.Length(look.Width+3) / 2, Shape: draw.CircleGlyph{}}, at(p[0], p[1]))
		}
	}
	l.key.Draw(dc)
}
