package canvas

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Mark tells a line from its neighbours without its colour: by the shape of its
// points, which ECharts names and gonum draws, and by its dashes, in pixels.
type Mark struct {
	Symbol string
	Glyph  draw.GlyphDrawer
	Dashes []float64
}

var Marks = [MaxSeries]Mark{
	{"circle", draw.CircleGlyph{}, nil},
	{"rect", draw.BoxGlyph{}, []float64{7, 3}},
	{"triangle", draw.PyramidGlyph{}, []float64{2, 3}},
	{"emptyCircle", draw.RingGlyph{}, []float64{10, 3, 2, 3}},
	{"emptyRect", draw.SquareGlyph{}, []float64{14, 4}},
	{"emptyTriangle", draw.TriangleGlyph{}, []float64{4, 2}},
}

// Stroke returns the line of a series, static.
func (m Mark) Stroke(style draw.LineStyle) draw.LineStyle {
	for _, d := range m.Dashes {
		style.Dashes = append(style.Dashes, vg.Length(d))
	}
	return style
}

// LineStyle returns the line of a series, interactive.
func (m Mark) LineStyle(colour string, width float64) map[string]any {
	style := map[string]any{"color": colour, "width": width, "type": "solid"}
	if m.Dashes != nil {
		style["type"] = m.Dashes
	}
	return style
}
