package chart

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// wordStrokes are the lines under words: positive, negative.
var wordStrokes = [2]mark{{}, {dashes: []float64{4, 2.5}}}

func (w *words) draw(dc draw.Canvas) {
	at := fromCorner(dc)
	marks, rest := w.key()
	for _, m := range marks {
		m.draw(dc, at, textPt)
	}
	dc.FillText(middle(smallPt, false, muted, draw.XLeft), at(rest.x, rest.y), rest.text)
	texts, names, _ := w.flow()
	for _, n := range names {
		dc.FillText(middle(namePt, true, ink, draw.XLeft), at(n.x, n.y), n.text)
	}
	for _, text := range texts {
		for _, p := range text {
			p.draw(dc, at, wordPt)
		}
	}
}

func (p placed) draw(dc draw.Canvas, at func(x, y float64) vg.Point, size vg.Length) {
	if p.strength != 0 {
		colour := palette[p.colour()]
		dc.FillPolygon(mix(paper, colour, p.mix()), rectangle(at(p.x-p.wide/2, p.y-wordHigh/2), at(p.x+p.wide/2, p.y+wordHigh/2)))
		line := p.underline()
		dc.StrokeLines(wordStrokes[p.colour()].stroke(draw.LineStyle{Color: colour, Width: wordStroke}),
			[]vg.Point{at(line[0][0], line[0][1]), at(line[1][0], line[1][1])})
	}
	dc.FillText(middle(size, false, ink, draw.XCenter), at(p.x, p.y), p.text)
}
