package words

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// wordStrokes are the lines under words: positive, negative.
var wordStrokes = [2]canvas.Mark{{}, {Dashes: []float64{4, 2.5}}}

// Draw paints the static picture.
func (w *Figure) Draw(dc draw.Canvas) {
	width, at := canvas.WidthOf(dc), canvas.FromCorner(dc)
	marks, _ := w.key(width)
	texts, _, _ := w.Flow(width)
	for _, text := range append(texts, marks) {
		for _, p := range text {
			p.draw(dc, at)
		}
	}
	canvas.Write(dc, w.Captions(width))
}

// draw paints the background of a word and the line under it.
func (p placed) draw(dc draw.Canvas, at func(x, y float64) vg.Point) {
	if p.Strength != 0 {
		colour := canvas.Palette[p.Colour()]
		dc.FillPolygon(canvas.Mix(canvas.Paper, colour, p.Mix()), canvas.Rectangle(at(p.X-p.Wide/2, p.Y-WordHigh/2), at(p.X+p.Wide/2, p.Y+WordHigh/2)))
		line := p.underline()
		dc.StrokeLines(wordStrokes[p.Colour()].Stroke(draw.LineStyle{Color: colour, Width: WordStroke}),
			[]vg.Point{at(line[0][0], line[0][1]), at(line[1][0], line[1][1])})
	}
}
