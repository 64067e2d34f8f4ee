package confusion

import (
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (c *Figure) Draw(dc draw.Canvas) {
	l, at := c.layout(canvas.WidthOf(dc)), canvas.FromCorner(dc)
	rim := 1.0
	if l.cellH < sharesHeight {
		rim = 0.5
	}
	for n, m := range c.Matrices {
		for i := range c.Classes {
			for j := range c.Classes {
				x, y := float64(l.corners[n][0]+j*l.cellW), float64(l.corners[n][1]+i*l.cellH)
				dc.FillPolygon(l.colour(m.share(i, j)), canvas.Rectangle(at(x+rim, y+rim), at(x+float64(l.cellW)-rim, y+float64(l.cellH)-rim)))
			}
		}
	}
	canvas.Write(dc, l.texts)
}
