package canvas

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Align is the end of a caption that stands at its place.
type Align int

const (
	Left Align = iota
	Centre
	Right
)

// Caption is a line of text. X and Y are the place of its reference point, in pixels from
// the upper left corner of the drawing. The reference point is at half the height of the
// text: at its left end, its middle or its right end.
type Caption struct {
	X, Y  float64
	Text  string
	Align Align
	Turn  float64 // about the reference point, in degrees counterclockwise
}

// Words are captions of one style.
type Words struct {
	Size   vg.Length
	Bold   bool
	Colour color.NRGBA
	Halo   bool // a rim in the colour of the paper, for words over lines
	Lines  []Caption
}

// Style is the style of the captions, with the given alignment.
func (w Words) style(align Align) draw.TextStyle {
	return Middle(w.Size, w.Bold, w.Colour, []draw.XAlignment{draw.XLeft, draw.XCenter, draw.XRight}[align])
}

// Bounds returns the rectangle that a caption covers. A caption that is turned by another
// angle than 90 degrees has the rectangle around its turned box.
func (w Words) Bounds(c Caption) (left, top, right, bottom float64) {
	width := w.style(Left).Width(c.Text).Points()
	// Letters reach from the top of capitals to the baseline; descenders may touch.
	height := 0.74 * w.Size.Points()
	from := -width * []float64{0, 0.5, 1}[c.Align]
	left, top, right, bottom = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	sin, cos := math.Sincos(-c.Turn * math.Pi / 180) // y points down
	for _, corner := range [][2]float64{{from, -height / 2}, {from + width, -height / 2}, {from + width, height / 2}, {from, height / 2}} {
		x, y := c.X+corner[0]*cos-corner[1]*sin, c.Y+corner[0]*sin+corner[1]*cos
		left, right = min(left, x), max(right, x)
		top, bottom = min(top, y), max(bottom, y)
	}
	return left, top, right, bottom
}

// HaloWidth is the width of the rim of words over lines, in pixels.
const HaloWidth = 2

// Write draws captions.
func Write(dc draw.Canvas, all []Words) {
	at := FromCorner(dc)
	for _, w := range all {
		for _, c := range w.Lines {
			style := w.style(c.Align)
			style.Rotation = c.Turn * math.Pi / 180
			if w.Halo {
				left, top, right, bottom := w.Bounds(c)
				dc.FillPolygon(Paper, Rectangle(at(left-HaloWidth, top-HaloWidth), at(right+HaloWidth, bottom+HaloWidth)))
			}
			dc.FillText(style, at(c.X, c.Y), c.Text)
		}
	}
}
