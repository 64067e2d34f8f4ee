package roc

import (
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (r *Figure) Draw(dc draw.Canvas) {
	l := r.layout(canvas.WidthOf(dc))
	l.plot.Draw(dc)
	chance := canvas.Diagonal("", "")
	canvas.Polyline(dc, chance.Mark.Stroke(draw.LineStyle{Color: chance.Stroke(), Width: 1.5}), diagonal(l.plot))
	colours, marks := canvas.Contrast(len(r.Curves))
	for i, c := range r.Curves {
		x, y := canvas.Thin(c.FalsePositives, c.TruePositives, canvas.MaxPoints)
		line := make([][2]float64, len(x))
		for j := range line {
			line[j][0], line[j][1] = l.plot.Place(x[j], y[j])
		}
		canvas.Polyline(dc, marks[i].Stroke(draw.LineStyle{Color: colours[i], Width: 2}), line)
	}
	l.key.Draw(dc)
}
