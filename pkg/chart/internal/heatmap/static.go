package heatmap

import (
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// frameWidth is the thickness of an outline, in pixels.
const frameWidth = 2.5

// Draw paints the static picture.
func (f *Figure) Draw(dc draw.Canvas) {
	l, at := f.layout(canvas.WidthOf(dc)), canvas.FromCorner(dc)
	const rim = 0.5
	for _, c := range l.cells {
		x, y := float64(l.left+c.column*l.cellW), float64(l.top+c.row*l.cellH)
		dc.FillPolygon(l.colour(c), canvas.Rectangle(at(x+rim, y+rim), at(x+float64(l.cellW)-rim, y+float64(l.cellH)-rim)))
	}
	for _, frame := range l.frames {
		canvas.Polyline(dc, frame.class.Mark.Stroke(draw.LineStyle{Color: frame.class.Colour, Width: frameWidth}), l.line(frame.cell))
	}
	l.key.Draw(dc)
	canvas.Write(dc, l.texts)
}
