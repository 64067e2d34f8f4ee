package reliability

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// labelWidth returns the room that the models' names take right of the plot.
func (r *Figure) labelWidth() int {
	style := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	room := 0.0
	for _, name := range r.names() {
		room = max(room, style.Width(name).Points())
	}
	return int(math.Ceil(room)) + 22
}

// names are the models' names as they stand beside their curves.
func (r *Figure) names() []string {
	var all []string
	for _, m := range r.Models {
		all = append(all, m.Name)
	}
	return canvas.ShortenAll(all, canvas.TextStyle(canvas.TextPt, true, canvas.Ink), canvas.EndLabelRoom)
}

func (r *Figure) Draw(dc draw.Canvas) {
	p := canvas.Axes(r.xScale(), r.yScale(), r.Labels.X, r.Labels.Y)
	p.Add(&plotter.Line{
		XYs:       plotter.XYs{{X: p.X.Min, Y: p.X.Min}, {X: 1, Y: 1}},
		LineStyle: draw.LineStyle{Color: canvas.Rule, Width: 1.5, Dashes: []vg.Length{5, 4}},
	})
	colours := canvas.Contrast(len(r.Models))
	for i, m := range r.Models {
		points := make(plotter.XYs, len(m.Count))
		for b := range points {
			points[b] = plotter.XY{X: m.Confidence[b], Y: m.Accuracy[b]}
		}
		line := &plotter.Line{XYs: points, LineStyle: canvas.Marks[i].Stroke(draw.LineStyle{Color: colours[i], Width: 2})}
		dots := &plotter.Scatter{XYs: points, GlyphStyleFunc: func(b int) draw.GlyphStyle {
			return draw.GlyphStyle{Color: colours[i], Radius: vg.Length(m.dot(b) / 2), Shape: canvas.Marks[i].Glyph}
		}}
		// The default keeps all glyphs inside by shrinking the axes; dots on
		// the rim may reach over it.
		p.Add(line, canvas.PlotFunc(dots.Plot))
	}
	p.Add(canvas.PlotFunc(r.drawNames))
	p.Draw(draw.Crop(dc, canvas.Margin, -canvas.Margin-vg.Length(r.labelWidth()), 8, -reliabilityHead))
}

func (r *Figure) drawNames(dc draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&dc)
	diagonal := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted)
	at := p.X.Min + 0.04*(p.X.Max-p.X.Min)
	if r.nameAtEnd() {
		at = p.X.Min + 0.6*(p.X.Max-p.X.Min)
	}
	slope := math.Atan2(float64(toY(1)-toY(0)), float64(toX(1)-toX(0)))
	diagonal.Rotation = slope
	up := vg.Length(6)
	dc.FillText(diagonal, vg.Point{X: toX(at) - up*vg.Length(math.Sin(slope)), Y: toY(at) + up*vg.Length(math.Cos(slope))}, OnTheDiagonal)
	names := r.names()
	heights := make([]float64, len(r.Models))
	for i, m := range r.Models {
		heights[i] = toY(m.Accuracy[len(m.Accuracy)-1]).Points()
	}
	heights = canvas.Spread(heights, 15, dc.Min.Y.Points()+4, dc.Max.Y.Points())
	for i, m := range r.Models {
		last := len(m.Confidence) - 1
		s := canvas.Middle(canvas.TextPt, true, canvas.Contrast(len(r.Models))[i], draw.XLeft)
		x := toX(m.Confidence[last]) + vg.Length(m.dot(last)/2) + 8
		dc.FillText(s, vg.Point{X: x, Y: vg.Length(heights[i])}, names[i])
	}
}

// OnTheDiagonal is the text on the diagonal.
const OnTheDiagonal = "as accurate as confident"
