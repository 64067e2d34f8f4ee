package curves

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (c *Figure) Draw(dc draw.Canvas) {
	l := c.layout(canvas.WidthOf(dc))
	for i, p := range c.panels {
		l.plots[i].Draw(dc)
		p.drawLines(dc, l.plots[i])
		l.keys[i].Draw(dc)
		canvas.Write(dc, l.labels[i])
	}
}

func (p panel) drawLines(dc draw.Canvas, plot canvas.Plot) {
	at := canvas.FromCorner(dc)
	for i, s := range p.series {
		places := make([][2]float64, len(s.X))
		for j := range places {
			places[j][0], places[j][1] = plot.Place(s.X[j], s.Y[j])
		}
		colour := canvas.Palette[p.colour[i]]
		canvas.Polyline(dc, canvas.Marks[i].Stroke(draw.LineStyle{Color: colour, Width: lineWidth(len(places))}), places)
		if len(places) > canvas.MostDots {
			places = places[len(places)-1:]
		}
		for _, place := range places {
			dc.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: 3, Shape: canvas.Marks[i].Glyph}, at(place[0], place[1]))
		}
	}
}

func lineWidth(points int) vg.Length {
	if points > 200 {
		return 1.3
	}
	return 2
}
