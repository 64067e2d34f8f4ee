package histogram

import (
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (h *Figure) Draw(dc draw.Canvas) {
	l := h.layout(canvas.WidthOf(dc))
	l.plot.Draw(dc)
	at := canvas.FromCorner(dc)
	for i, n := range h.Counts {
		if n == 0 {
			continue
		}
		x0, y0 := l.plot.Place(h.Edge(i), 0)
		x1, y1 := l.plot.Place(h.Edge(i+1), float64(n))
		gap := min(1, (x1-x0)/8)
		dc.FillPolygon(canvas.Palette[0], canvas.Rectangle(at(x0+gap/2, y0), at(x1-gap/2, min(y1, y0-1)))) // a single long text is seen
	}
	for i, m := range h.Marks {
		x, bottom := l.plot.Place(m.At, l.plot.Y.Min)
		canvas.Polyline(dc, draw.LineStyle{Color: canvas.Palette[1], Width: 1.5}, [][2]float64{{x, bottom}, {x, l.markTop(i)}})
	}
	canvas.Write(dc, l.marks)
}
