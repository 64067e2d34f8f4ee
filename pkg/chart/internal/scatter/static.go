package scatter

import (
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// ringWidth is the thickness of a ring, in pixels.
const ringWidth = 1.2

// Draw paints the static picture.
func (f *Figure) Draw(dc draw.Canvas) {
	l, at := f.layout(canvas.WidthOf(dc)), canvas.FromCorner(dc)
	l.plot.Draw(dc)
	entry := canvas.Diagonal("", "")
	for _, line := range f.diagonal(l.plot) {
		canvas.Polyline(dc, entry.Mark.Stroke(draw.LineStyle{Color: entry.Stroke(), Width: 1.5}), line)
	}
	colours, _ := canvas.Contrast(len(f.Series))
	for i, s := range f.Series {
		glyph := draw.GlyphStyle{Color: colours[i], Radius: dot / 2, Shape: draw.CircleGlyph{}}
		if f.hollow(i) {
			glyph.Shape = canvas.Ring{Width: ringWidth}
		}
		for _, point := range s.drawn() {
			x, y := l.plot.Place(s.X[point], s.Y[point])
			dc.DrawGlyph(glyph, at(x, y))
		}
	}
	l.key.Draw(dc)
	canvas.Write(dc, []canvas.Words{l.note})
}
