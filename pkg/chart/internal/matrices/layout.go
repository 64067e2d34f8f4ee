package matrices

import (
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Box is a rectangle in the drawing, in pixels from its upper left corner.
type Box struct{ Left, Top, Width, Height int }

const (
	matricesHead = 42 // above a matrix: name and size, then the lines about it
	aboutStep    = 15 // from line to line of them
	matricesGap  = 24 // between two, side by side or one above the other
	thinnest     = 4  // pixels, the least side of a matrix
	mostPixels   = 24 // a row and a column, for matrices of a few numbers
	keyWidth     = 120
	keyHeight    = 10
	noteStep     = 15 // from line to line of the note about the shades
)

// limits bound a matrix and the words above it, in pixels.
type limits struct{ tallest, head int }

func limitsOf(width int) limits {
	if inLines(width) {
		return limits{tallest: 200, head: 104}
	}
	return limits{tallest: 320, head: 160} // four heads have room side by side
}

// inLines reports whether matrices that have no room side by side are in several lines.
func inLines(width int) bool { return width < canvas.Wide }

// layout is the place of everything in the drawing.
type layout struct {
	pixel  float64 // pixels a row and a column, the same in all matrices
	boxes  []Box   // of each matrix
	rooms  []int   // of each matrix, the width of it and the words above it
	key    Box     // of all shades, weakest to strongest
	texts  []canvas.Words
	height int
}

// layout finds the greatest scale at which the matrices have room, and places them. In a
// wide layout they are side by side, otherwise in as many lines as they need.
func (m *Figure) layout(width int) layout {
	low, high := 0.0, float64(mostPixels)
	for range 60 { // halved until float64 has no number between
		if middle := (low + high) / 2; m.fits(width, middle) {
			low = middle
		} else {
			high = middle
		}
	}
	l := layout{pixel: low}
	var lines [][]int // of matrices side by side
	left := canvas.Margin
	for i, p := range m.Panes {
		box := Box{Left: left, Width: side(p.Columns, low), Height: side(p.Rows, low)}
		room := p.room(width, low)
		if i == 0 || inLines(width) && left+room > width-canvas.Margin {
			lines = append(lines, nil)
			box.Left = canvas.Margin
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], i)
		left = box.Left + room + matricesGap
		l.boxes, l.rooms = append(l.boxes, box), append(l.rooms, room)
	}
	top := 0
	for _, line := range lines {
		about, bottom := 0, 0
		for _, i := range line {
			about = max(about, len(l.about(m.Panes[i], i)))
		}
		head := top
		for _, i := range line {
			l.boxes[i].Top = top + matricesHead + about*aboutStep + 8
			bottom = max(bottom, l.boxes[i].Top+l.boxes[i].Height)
		}
		l.head(m, line, head)
		top = bottom + matricesGap
	}
	l.placeKey(top-matricesGap+22, width)
	return l
}

// fits reports whether the matrices have room at a scale.
func (m *Figure) fits(width int, pixel float64) bool {
	wide := matricesGap * (len(m.Panes) - 1)
	for _, p := range m.Panes {
		room := p.room(width, pixel)
		if side(p.Rows, pixel) > limitsOf(width).tallest || inLines(width) && room > width-2*canvas.Margin {
			return false
		}
		wide += room
	}
	return inLines(width) || wide <= width-2*canvas.Margin
}

// side returns the pixels of n rows or columns.
func side(n int, pixel float64) int {
	return max(thinnest, int(math.Round(float64(n)*pixel)))
}

// room is the width of a matrix and the words above it.
func (p Pane) room(width int, pixel float64) int {
	widest := max(canvas.TextStyle(canvas.NamePt, true, canvas.Ink).Width(p.Name), canvas.TextStyle(canvas.TextPt, false, canvas.Ink).Width(p.Size()), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(p.About()))
	return max(side(p.Columns, pixel), min(limitsOf(width).head, int(widest.Points())+1))
}

// about are the lines about a matrix.
func (l layout) about(p Pane, i int) []string {
	return canvas.Wrap(p.About(), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), vg.Length(l.rooms[i]))
}

// head adds the words above a line of matrices.
func (l *layout) head(m *Figure, line []int, top int) {
	names := canvas.Words{Size: canvas.NamePt, Bold: true, Colour: canvas.Ink}
	sizes := canvas.Words{Size: canvas.TextPt, Colour: canvas.Ink}
	abouts := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}
	var all []string
	for _, p := range m.Panes {
		all = append(all, p.Name)
	}
	for _, i := range line {
		x, y := float64(l.boxes[i].Left), float64(top)
		name := canvas.ShortenAll(all, canvas.TextStyle(canvas.NamePt, true, canvas.Ink), vg.Length(l.rooms[i]))[i]
		names.Lines = append(names.Lines, canvas.Caption{X: x, Y: y + 10, Text: name})
		sizes.Lines = append(sizes.Lines, canvas.Caption{X: x, Y: y + 28, Text: m.Panes[i].Size()})
		for j, text := range l.about(m.Panes[i], i) {
			abouts.Lines = append(abouts.Lines, canvas.Caption{X: x, Y: y + float64(matricesHead+aboutStep*j+3), Text: text})
		}
	}
	l.texts = append(l.texts, names, sizes, abouts)
}

// placeKey adds the bar of shades and the note about them.
func (l *layout) placeKey(top, width int) {
	l.key = Box{canvas.Margin + 14, top, keyWidth, keyHeight}
	note := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}
	x, y := float64(l.key.Left+l.key.Width+8), float64(top)+keyHeight/2
	note.Lines = append(note.Lines, canvas.Caption{X: canvas.Margin, Y: y, Text: "0"})
	for _, line := range canvas.Wrap("the strongest block of each matrix, by the root mean square of its numbers",
		canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), vg.Length(float64(width-canvas.Margin)-x)) {
		note.Lines = append(note.Lines, canvas.Caption{X: x, Y: y, Text: line})
		y += noteStep
	}
	l.texts = append(l.texts, note)
	l.height = int(y) + 4
}

// frames returns the outlines of matrices and shades: zeros are seen, too.
func (l layout) frames() [][][2]float64 {
	var out [][][2]float64
	for _, b := range append([]Box{l.key}, l.boxes...) {
		x0, y0 := float64(b.Left)-0.5, float64(b.Top)-0.5
		x1, y1 := x0+float64(b.Width)+1, y0+float64(b.Height)+1
		out = append(out, [][2]float64{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}})
	}
	return out
}

// Boxes are the places of the matrices in a layout of the given width.
func (m *Figure) Boxes(width int) []Box { return m.layout(width).boxes }

// Height is the height of the drawing in a layout of the given width.
func (m *Figure) Height(width int) int { return m.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (m *Figure) Captions(width int) []canvas.Words { return m.layout(width).texts }
