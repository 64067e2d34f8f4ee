package chart

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// box is a rectangle in the drawing, in pixels from its upper left corner.
type box struct{ left, top, width, height int }

const (
	matricesHead = 42  // above the matrices: name and size, then what is about them
	matricesFoot = 46  // below: what the shades mean
	aboutStep    = 15  // from line to line of it
	matricesGap  = 24  // between two
	thinnest     = 4   // pixels, the least side of a matrix
	tallest      = 320 // pixels, the greatest height
	mostPixels   = 24  // a row and a column, for matrices of a few numbers
	widestHead   = 160 // pixels, the words above a matrix: four have room
)

// layOut finds the greatest scale at which all matrices and the words above
// them have room side by side, and places them.
func (m *matrices) layOut() {
	room := canvas.Width - 2*canvas.Margin - matricesGap*(len(m.panes)-1)
	fits := func(pixel float64) bool {
		wide := 0
		for _, p := range m.panes {
			wide += max(side(p.Columns, pixel), p.headWidth())
			if side(p.Rows, pixel) > tallest {
				return false
			}
		}
		return wide <= room
	}
	low, high := 0.0, float64(mostPixels)
	for range 60 { // halved until float64 has no number between
		if middle := (low + high) / 2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	m.pixel = low
	left, lines := canvas.Margin, 0
	for i := range m.panes {
		p := &m.panes[i]
		p.box = box{left: left, width: side(p.Columns, m.pixel), height: side(p.Rows, m.pixel)}
		left += p.room() + matricesGap
		lines = max(lines, len(p.aboutLines()))
	}
	for i := range m.panes {
		m.panes[i].box.top = matricesHead + lines*aboutStep + 8
	}
}

// side returns the pixels of so many rows or columns.
func side(n int, pixel float64) int {
	return max(thinnest, int(math.Round(float64(n)*pixel)))
}

// headWidth is the room for the words above a matrix, where it is thinner.
func (p pane) headWidth() int {
	widest := max(canvas.TextStyle(canvas.NamePt, true, canvas.Ink).Width(p.Name), canvas.TextStyle(canvas.TextPt, false, canvas.Ink).Width(p.size()), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(p.about()))
	return min(widestHead, int(widest.Points())+1)
}

// room is the width of a matrix and the words above it.
func (p pane) room() int { return max(p.box.width, p.headWidth()) }

func (p pane) aboutLines() []string {
	if text := p.about(); canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(text) <= vg.Length(p.room()) {
		return []string{text}
	}
	return strings.SplitAfterN(p.about(), ", ", 2)
}

// bottom is the lower edge of the tallest matrix.
func (m *matrices) bottom() int {
	low := 0
	for _, p := range m.panes {
		low = max(low, p.box.top+p.box.height)
	}
	return low
}

func (m *matrices) Height() int { return m.bottom() + matricesFoot }

// words returns the text of the picture by its style: names, sizes, the rest.
func (m *matrices) words() (names, sizes, rest []canvas.Caption) {
	name := canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	short := m.names(name)
	for i, p := range m.panes {
		x := float64(p.box.left)
		names = append(names, canvas.Caption{X: x, Y: 10, Text: short[i]})
		sizes = append(sizes, canvas.Caption{X: x, Y: 28, Text: p.size()})
		for j, line := range p.aboutLines() {
			rest = append(rest, canvas.Caption{X: x, Y: float64(matricesHead + aboutStep*j + 3), Text: line})
		}
	}
	key := m.key()
	y := float64(key.top) + float64(key.height)/2
	return names, sizes, append(rest,
		canvas.Caption{X: canvas.Margin, Y: y, Text: "0"},
		canvas.Caption{X: float64(key.left + key.width + 8), Y: y, Text: "the strongest block of each matrix, by the root mean square of its numbers"})
}

// names are the matrices' names, each as wide as its pane: those of panes of one
// width stay apart.
func (m *matrices) names(style draw.TextStyle) []string {
	all := make([]string, len(m.panes))
	for i, p := range m.panes {
		all[i] = p.Name
	}
	out := make([]string, len(all))
	for i, p := range m.panes {
		out[i] = canvas.ShortenAll(all, style, vg.Length(p.room()))[i]
	}
	return out
}

// key is the place of the shades, weakest to strongest, below the matrices.
func (m *matrices) key() box { return box{canvas.Margin + 14, m.bottom() + 22, 120, 10} }

// frames returns the outlines of matrices and shades: zeros are seen, too.
func (m *matrices) frames() [][][2]float64 {
	var out [][][2]float64
	boxes := []box{m.key()}
	for _, p := range m.panes {
		boxes = append(boxes, p.box)
	}
	for _, b := range boxes {
		x0, y0 := float64(b.left)-0.5, float64(b.top)-0.5
		x1, y1 := x0+float64(b.width)+1, y0+float64(b.height)+1
		out = append(out, [][2]float64{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}})
	}
	return out
}
