package canvas

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// FromCorner returns a function that maps pixels from the drawing's upper left corner to
// points of the canvas.
func FromCorner(dc draw.Canvas) func(x, y float64) vg.Point {
	return func(x, y float64) vg.Point {
		return vg.Point{X: dc.Min.X + vg.Length(x), Y: dc.Max.Y - vg.Length(y)}
	}
}

// Rectangle returns the corners of a rectangle given by two opposite ones.
func Rectangle(a, b vg.Point) []vg.Point {
	return []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}}
}

// Polyline draws a line through places given in pixels.
func Polyline(dc draw.Canvas, style draw.LineStyle, places [][2]float64) {
	at := FromCorner(dc)
	points := make([]vg.Point, len(places))
	for i, p := range places {
		points[i] = at(p[0], p[1])
	}
	dc.StrokeLines(style, points)
}

// WidthOf returns the width of the drawing in pixels.
func WidthOf(dc draw.Canvas) int { return int((dc.Max.X - dc.Min.X).Points() + 0.5) }
