package chart

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// caption is a line of text at a place in the drawing, in pixels from its upper
// left corner: the left end of the line, at half its height.
type caption struct {
	x, y float64
	text string
}

// fromCorner returns how pixels from the drawing's upper left corner lie on
// the canvas.
func fromCorner(dc draw.Canvas) func(x, y float64) vg.Point {
	return func(x, y float64) vg.Point {
		return vg.Point{X: dc.Min.X + vg.Length(x), Y: dc.Max.Y - vg.Length(y)}
	}
}

// rectangle returns the corners of a rectangle given by two opposite ones.
func rectangle(a, b vg.Point) []vg.Point {
	return []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}}
}
