package reliability

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (r *Figure) Draw(dc draw.Canvas) {
	l, at := r.layout(canvas.WidthOf(dc)), canvas.FromCorner(dc)
	l.plot.Draw(dc)
	perfect := canvas.Diagonal("", "")
	canvas.Polyline(dc, perfect.Mark.Stroke(draw.LineStyle{Color: perfect.Stroke(), Width: 1.5}), diagonal(l.plot))
	colours, marks := canvas.Contrast(len(r.Models))
	for i, m := range r.Models {
		for _, whisker := range m.whiskers(l.plot) {
			canvas.Polyline(dc, draw.LineStyle{Color: colours[i], Width: 1.2}, whisker)
		}
		places := make([][2]float64, len(m.Count))
		for b := range places {
			places[b][0], places[b][1] = l.plot.Place(m.Confidence[b], m.Accuracy[b])
		}
		canvas.Polyline(dc, marks[i].Stroke(draw.LineStyle{Color: colours[i], Width: 2}), places)
		for b, place := range places {
			dot := draw.GlyphStyle{Color: colours[i], Radius: vg.Length(r.Dot(m.Count[b]) / 2), Shape: draw.CircleGlyph{}}
			if r.hollow(i) {
				dot.Shape = canvas.Ring{Width: ringWidth}
			}
			dc.DrawGlyph(dot, at(place[0], place[1]))
		}
	}
	l.key.Draw(dc)
	canvas.Write(dc, []canvas.Words{l.note})
}

// ringWidth is the thickness of an empty circle, in pixels.
const ringWidth = 1.8
