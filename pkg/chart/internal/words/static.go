package words

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// wordStrokes are the lines under words: positive, negative.
var wordStrokes = [2]canvas.Mark{{}, {Dashes: []float64{4, 2.5}}}

func (w *Figure) Draw(dc draw.Canvas) {
	at := canvas.FromCorner(dc)
	marks, rest := w.key()
	for _, m := range marks {
		m.draw(dc, at, canvas.TextPt)
	}
	dc.FillText(canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XLeft), at(rest.X, rest.Y), rest.Text)
	texts, names, _ := w.Flow()
	for _, n := range names {
		dc.FillText(canvas.Middle(canvas.NamePt, true, canvas.Ink, draw.XLeft), at(n.X, n.Y), n.Text)
	}
	for _, text := range texts {
		for _, p := range text {
			p.draw(dc, at, WordPt)
		}
	}
}

func (p placed) draw(dc draw.Canvas, at func(x, y float64) vg.Point, size vg.Length) {
	if p.Strength != 0 {
		colour := canvas.Palette[p.Colour()]
		dc.FillPolygon(canvas.Mix(canvas.Paper, colour, p.Mix()), canvas.Rectangle(at(p.X-p.Wide/2, p.Y-WordHigh/2), at(p.X+p.Wide/2, p.Y+WordHigh/2)))
		line := p.underline()
		dc.StrokeLines(wordStrokes[p.Colour()].Stroke(draw.LineStyle{Color: colour, Width: WordStroke}),
			[]vg.Point{at(line[0][0], line[0][1]), at(line[1][0], line[1][1])})
	}
	dc.FillText(canvas.Middle(size, false, canvas.Ink, draw.XCenter), at(p.X, p.Y), p.Text)
}
