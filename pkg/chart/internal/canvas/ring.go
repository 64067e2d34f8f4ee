package canvas

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Ring is an empty circle with a line of the given width, in pixels.
type Ring struct{ Width vg.Length }

// DrawGlyph draws the ring in the style's colour and size.
func (r Ring) DrawGlyph(dc *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	dc.SetLineStyle(draw.LineStyle{Color: style.Color, Width: r.Width})
	var path vg.Path
	path.Move(vg.Point{X: at.X + style.Radius, Y: at.Y})
	path.Arc(at, style.Radius, 0, 2*math.Pi)
	path.Close()
	dc.Stroke(path)
}
