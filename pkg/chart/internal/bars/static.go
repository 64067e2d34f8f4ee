package bars

import (
	"image/color"

	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (b *Figure) Draw(dc draw.Canvas) {
	width := canvas.WidthOf(dc)
	l, lying := b.layout(width), b.lying(width)
	for _, line := range l.grid {
		canvas.Polyline(dc, draw.LineStyle{Color: canvas.Faint, Width: 1}, line)
	}
	canvas.Polyline(dc, draw.LineStyle{Color: canvas.Rule, Width: 1}, l.axis)
	for i, colour := range b.colours() {
		for _, r := range l.bars[i] {
			r.draw(dc, colour, lying && b.hollow(i))
		}
	}
	for i, square := range l.squares {
		square.draw(dc, b.colours()[i], b.hollow(i))
	}
	for _, stroke := range whiskerStrokes {
		for _, line := range l.whiskers {
			canvas.Polyline(dc, draw.LineStyle{Color: stroke.colour, Width: stroke.width}, line)
		}
	}
	canvas.Write(dc, l.texts)
}

// draw paints a bar, or its outline.
func (r bar) draw(dc draw.Canvas, colour color.Color, hollow bool) {
	if hollow {
		canvas.Polyline(dc, draw.LineStyle{Color: colour, Width: 1.5}, r.outline())
		return
	}
	at := canvas.FromCorner(dc)
	dc.FillPolygon(colour, canvas.Rectangle(at(r.x0, r.y0), at(r.x1, r.y1)))
}
