package bars

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func (b *Figure) drawLying(dc draw.Canvas) {
	r, at := b.rows(), canvas.FromCorner(dc)
	s := b.yScale()
	x := func(v float64) float64 {
		return float64(r.left) + float64(r.right-r.left)*(v-s.Min)/(s.Max-s.Min)
	}
	bottom := float64(r.top + r.plotHeight())
	tick := canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XCenter)
	for _, v := range s.Ticks() {
		dc.StrokeLines(draw.LineStyle{Color: canvas.Faint, Width: 1}, []vg.Point{at(x(v), float64(r.top)), at(x(v), bottom)})
		dc.FillText(tick, at(x(v), bottom+12), s.Label(v))
	}
	dc.FillText(canvas.Middle(canvas.TextPt, false, canvas.Muted, draw.XCenter), at(float64(r.left+r.right)/2, bottom+31), b.YName)
	dc.StrokeLines(draw.LineStyle{Color: canvas.Rule, Width: 1}, []vg.Point{at(x(0), float64(r.top)), at(x(0), bottom)})

	colours := canvas.Contrast(len(b.Series))
	if b.named() {
		for i, k := range b.key() {
			b.drawBar(dc, i, colours[i], at(k.square, keyMiddle-keySquare/2), at(k.square+keySquare, keyMiddle+keySquare/2.0))
			dc.FillText(canvas.Middle(canvas.TextPt, true, colours[i], draw.XLeft), at(k.text, keyMiddle), k.name)
		}
	}
	group := canvas.Middle(r.size, true, canvas.Ink, draw.XRight)
	value, small := canvas.Middle(r.size, true, canvas.Ink, draw.XLeft), canvas.Middle(r.size-1, false, canvas.Muted, draw.XLeft)
	for g, name := range b.rowNames() {
		dc.FillText(group, at(float64(r.left-8), float64(r.top)+(r.middle(g, 0)+r.middle(g, r.n-1))/2), name)
		for i, series := range b.Series {
			y := float64(r.top) + r.middle(g, i)
			half := r.thick() / 2
			b.drawBar(dc, i, colours[i], at(x(0), y-half), at(x(series.Values[g]), y+half))
			if len(series.Low) > 0 {
				drawWhisker(dc, at(x(series.Low[g]), y), at(x(series.High[g]), y), vg.Length(half-1))
			}
			text, left := b.value(series.Values[g]), x(series.top(g))+7
			dc.FillText(value, at(left, y), text)
			if in := b.interval(series, g); in != "" {
				dc.FillText(small, at(left+value.Width(text).Points()+valueGap, y), in)
			}
		}
	}
}

// drawBar paints a bar between two opposite corners, or its outline.
func (b *Figure) drawBar(dc draw.Canvas, series int, colour color.Color, from, to vg.Point) {
	if !b.hollow(series) {
		dc.FillPolygon(colour, canvas.Rectangle(from, to))
		return
	}
	outline := canvas.Rectangle(from, to)
	dc.StrokeLines(draw.LineStyle{Color: colour, Width: 1.5}, append(outline, outline[0]))
}

// drawWhisker paints a lying interval, on a rim that keeps it visible on its bar.
func drawWhisker(dc draw.Canvas, low, high vg.Point, half vg.Length) {
	lines := [][]vg.Point{{low, high}}
	for _, end := range []vg.Point{low, high} {
		lines = append(lines, []vg.Point{{X: end.X, Y: end.Y - half}, {X: end.X, Y: end.Y + half}})
	}
	dc.StrokeLines(draw.LineStyle{Color: canvas.Paper, Width: 3.5}, lines...)
	dc.StrokeLines(draw.LineStyle{Color: canvas.Ink, Width: 1.5}, lines...)
}
