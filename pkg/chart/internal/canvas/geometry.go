package canvas

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Caption is a line of text at a place in the drawing, in pixels from its upper
// left corner: the left end of the line, at half its height.
type Caption struct {
	X, Y float64
	Text string
}

// FromCorner returns how pixels from the drawing's upper left corner lie on
// the canvas.
func FromCorner(dc draw.Canvas) func(x, y float64) vg.Point {
	return func(x, y float64) vg.Point {
		return vg.Point{X: dc.Min.X + vg.Length(x), Y: dc.Max.Y - vg.Length(y)}
	}
}

// Rectangle returns the corners of a rectangle given by two opposite ones.
func Rectangle(a, b vg.Point) []vg.Point {
	return []vg.Point{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}}
}
