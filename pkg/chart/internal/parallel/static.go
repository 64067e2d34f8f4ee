package parallel

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (f *Figure) Draw(dc draw.Canvas) {
	l, axes, at := f.layout(canvas.WidthOf(dc)), f.axes(), canvas.FromCorner(dc)
	for _, line := range l.lines {
		canvas.Polyline(dc, draw.LineStyle{Color: canvas.Rule, Width: 1}, line)
	}
	looks := f.Looks()
	for _, i := range f.Order(looks) {
		var places [][2]float64
		for axis, share := range f.shares(axes, i) {
			places = append(places, [2]float64{float64(l.left) + share*float64(l.width), float64(l.top + axis*axisStep)})
		}
		look := looks[i]
		canvas.Polyline(dc, look.Mark.Stroke(draw.LineStyle{Color: look.Colour, Width: vg.Length(look.Width)}), places)
		for _, p := range places {
			dc.DrawGlyph(draw.GlyphStyle{Color: look.Colour, Radius: vg.Length(look.Width+3) / 2, Shape: draw.CircleGlyph{}}, at(p[0], p[1]))
		}
	}
	l.key.Draw(dc)
	canvas.Write(dc, l.texts)
}
