package curves

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// endLabel is the text at the right end of a line.
type endLabel struct {
	text   string
	colour color.NRGBA
	y      float64 // the line's last value
}

func (p panel) endLabels() []endLabel {
	style := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	var out []endLabel
	var names []string
	widest := vg.Length(0)
	for i, s := range p.series {
		if n := len(s.Y); n > 0 {
			value := " " + canvas.Number(s.Y[n-1])
			widest = max(widest, style.Width(value))
			names = append(names, s.Name)
			out = append(out, endLabel{value, canvas.Palette[p.colour[i]], s.Y[n-1]})
		}
	}
	for i, name := range canvas.ShortenAll(names, style, canvas.EndLabelRoom-widest) {
		out[i].text = name + out[i].text
	}
	return out
}

// labelRoom returns the width that the end labels of all panels need.
func (c *Figure) labelRoom() int {
	style := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	room := 0.0
	for _, p := range c.panels {
		for _, l := range p.endLabels() {
			room = max(room, style.Width(l.text).Points())
		}
	}
	return int(math.Ceil(room)) + 14
}

func (c *Figure) Draw(dc draw.Canvas) {
	x := c.xScale()
	var plots [][]*plot.Plot
	for i, p := range c.panels {
		xName := ""
		if i == len(c.panels)-1 {
			xName = c.labels.X
		}
		pl := canvas.Axes(x, p.yScale(), xName, p.name)
		p.addLines(pl)
		plots = append(plots, []*plot.Plot{pl})
	}
	dc = draw.Crop(dc, canvas.Margin, -canvas.Margin, 10, -8)
	room := vg.Length(c.labelRoom())
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadY: 10, PadRight: room}
	for i, row := range plot.Align(plots, tiles, dc) {
		plots[i][0].Draw(row[0])
	}
}

func (p panel) addLines(pl *plot.Plot) {
	for i, s := range p.series {
		points := make(plotter.XYs, len(s.X))
		for j := range points {
			points[j] = plotter.XY{X: s.X[j], Y: s.Y[j]}
		}
		c := canvas.Palette[p.colour[i]]
		line := &plotter.Line{XYs: points, LineStyle: canvas.Marks[i].Stroke(draw.LineStyle{Color: c, Width: lineWidth(len(points))})}
		pl.Add(line)
		dots := points
		if len(points) > canvas.MostDots {
			dots = points[len(points)-1:]
		}
		if len(points) > 0 {
			scatter := &plotter.Scatter{XYs: dots, GlyphStyle: draw.GlyphStyle{Color: c, Radius: 3, Shape: canvas.Marks[i].Glyph}}
			pl.Add(canvas.PlotFunc(scatter.Plot)) // as a Scatter it would move the axes away from dots on the rim
		}
	}
	pl.Add(canvas.PlotFunc(func(dc draw.Canvas, pl *plot.Plot) {
		labels := p.endLabels()
		_, toY := pl.Transforms(&dc)
		at := make([]float64, len(labels))
		for i, l := range labels {
			at[i] = toY(l.y).Points()
		}
		at = canvas.Spread(at, 15, dc.Min.Y.Points()+4, dc.Max.Y.Points())
		for i, l := range labels {
			style := canvas.TextStyle(canvas.TextPt, true, l.colour)
			style.YAlign = draw.YCenter
			dc.FillText(style, vg.Point{X: dc.Max.X + 10, Y: vg.Length(at[i])}, l.text)
		}
	}))
}

func lineWidth(points int) vg.Length {
	if points > 200 {
		return 1.3
	}
	return 2
}
