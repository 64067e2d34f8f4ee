package histogram

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func (h *Figure) Draw(dc draw.Canvas) {
	p := canvas.Axes(h.XScale(), h.yScale(), h.Labels.X, h.Labels.Y)
	p.Add(canvas.PlotFunc(h.drawBins), canvas.PlotFunc(h.drawMarks))
	p.Draw(draw.Crop(dc, canvas.Margin, -canvas.Margin-14, 8, -histogramHead))
}

func (h *Figure) drawBins(dc draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&dc)
	for i, n := range h.Counts {
		if n == 0 {
			continue
		}
		x0, x1 := toX(h.Edge(i)), toX(h.Edge(i+1))
		gap := min(1, (x1-x0)/8)
		y0, y1 := toY(0), max(toY(float64(n)), toY(0)+1) // a single long text is seen
		dc.FillPolygon(canvas.Palette[0], []vg.Point{{X: x0 + gap/2, Y: y0}, {X: x1 - gap/2, Y: y0}, {X: x1 - gap/2, Y: y1}, {X: x0 + gap/2, Y: y1}})
	}
}

func (h *Figure) drawMarks(dc draw.Canvas, p *plot.Plot) {
	toX, _ := p.Transforms(&dc)
	for i, m := range h.Marks {
		x := toX(m.At)
		// Names stand on steps, so that neighbours do not overprint.
		y := dc.Max.Y + 8 - vg.Length(i)*17
		dc.StrokeLines(draw.LineStyle{Color: canvas.Palette[1], Width: 1.5}, []vg.Point{{X: x, Y: dc.Min.Y}, {X: x, Y: y + 9}})
		s := canvas.Middle(canvas.TextPt, true, canvas.Palette[1], draw.XLeft)
		at := x + 6
		if h.nameOnLeft(m) {
			s.XAlign = draw.XRight
			at = x - 6
		}
		dc.FillText(s, vg.Point{X: at, Y: y}, m.Name)
	}
}
