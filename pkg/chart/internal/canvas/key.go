package canvas

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Entry is a line of a key: the mark of a series, its name, and a value.
type Entry struct {
	Name, Value string
	Colour      color.NRGBA
	Mark        Mark
	Line        color.NRGBA // of the mark; the zero value stands for Colour
	Point       Point       // the mark is a point, and no line
}

// Point is the kind of a point before a name.
type Point int

// The kinds of points.
const (
	NoPoint Point = iota
	DotPoint
	RingPoint
)

// Width is the width of the stroke that draws the mark.
func (e Entry) Width() float64 {
	switch e.Point {
	case DotPoint:
		return 2 * dotRadius // fills the circle
	case RingPoint:
		return 1.5
	}
	return 2
}

// Stroke is the colour of the mark.
func (e Entry) Stroke() color.NRGBA {
	if e.Line == (color.NRGBA{}) {
		return e.Colour
	}
	return e.Line
}

// Key is a placed key.
type Key struct {
	Entries []Entry
	Strokes [][][2]float64 // of each entry, the line or the circle before its name
	Texts   []Words
	Height  int
}

const (
	keyStroke = 26 // length of the line before a name
	keyGap    = 7  // between the line and the name
	keyApart  = 20 // between two entries
	keyLine   = 20 // from line to line

	dotRadius  = 1.75 // of the stroke in a dot's middle
	ringRadius = 3.5
)

// PlaceKey places entries from left to right in lines of the given width, which start at
// left and top. Names that are wider than a line are shortened.
func PlaceKey(entries []Entry, left, top, width int) Key {
	k := Key{Entries: entries}
	bold := TextStyle(TextPt, true, Ink)
	var names []string
	value := vg.Length(0)
	for _, e := range entries {
		names = append(names, e.Name)
		value = max(value, bold.Width(" "+e.Value))
	}
	x, y := left, top+keyLine/2
	for i, name := range ShortenAll(names, bold, vg.Length(width-keyStroke-keyGap)-value) {
		text := name
		if entries[i].Value != "" {
			text += " " + entries[i].Value
		}
		wide := keyStroke + keyGap + int(bold.Width(text).Points()) + 1
		if x > left && x+wide > left+width {
			x, y = left, y+keyLine
		}
		k.Strokes = append(k.Strokes, entries[i].stroke(float64(x), float64(y)))
		k.Texts = append(k.Texts, Words{Size: TextPt, Bold: true, Colour: entries[i].Colour,
			Lines: []Caption{{X: float64(x + keyStroke + keyGap), Y: float64(y), Text: text}}})
		x += wide + keyApart
	}
	k.Height = y + keyLine/2 - top
	return k
}

// stroke is the line of an entry that starts at x, or the circle in its middle.
func (e Entry) stroke(x, y float64) [][2]float64 {
	radius := float64(ringRadius)
	switch e.Point {
	case NoPoint:
		return [][2]float64{{x, y}, {x + keyStroke, y}}
	case DotPoint:
		radius = dotRadius
	}
	const corners = 16
	var circle [][2]float64
	for i := range corners + 2 { // the second corner again closes the circle without a notch
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		circle = append(circle, [2]float64{x + keyStroke/2 + radius*cos, y + radius*sin})
	}
	return circle
}

// Draw draws a key.
func (k Key) Draw(dc draw.Canvas) {
	for i, stroke := range k.Strokes {
		Polyline(dc, k.Entries[i].Mark.Stroke(draw.LineStyle{Color: k.Entries[i].Stroke(), Width: vg.Length(k.Entries[i].Width())}), stroke)
	}
	Write(dc, k.Texts)
}

// Diagonal is the entry of a dashed light grey diagonal.
func Diagonal(name, value string) Entry {
	return Entry{Name: name, Value: value, Colour: Muted, Line: Rule, Mark: Mark{Dashes: []float64{5, 4}}}
}
