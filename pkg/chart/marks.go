package chart

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mark tells a line from its neighbours without its colour: by the shape of its
// points, which ECharts names and gonum draws, and by its dashes, in pixels.
type mark struct {
	symbol string
	glyph  draw.GlyphDrawer
	dashes []float64
}

var marks = [maxSeries]mark{
	{"circle", draw.CircleGlyph{}, nil},
	{"rect", draw.BoxGlyph{}, []float64{7, 3}},
	{"triangle", draw.PyramidGlyph{}, []float64{2, 3}},
	{"emptyCircle", draw.RingGlyph{}, []float64{10, 3, 2, 3}},
	{"emptyRect", draw.SquareGlyph{}, []float64{14, 4}},
	{"emptyTriangle", draw.TriangleGlyph{}, []float64{4, 2}},
}

// stroke returns the line of a series, static.
func (m mark) stroke(style draw.LineStyle) draw.LineStyle {
	for _, d := range m.dashes {
		style.Dashes = append(style.Dashes, vg.Length(d))
	}
	return style
}

// lineStyle returns the line of a series, interactive.
func (m mark) lineStyle(colour string, width float64) map[string]any {
	style := map[string]any{"color": colour, "width": width, "type": "solid"}
	if m.dashes != nil {
		style["type"] = m.dashes
	}
	return style
}
