package matrices

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Box is a rectangle in the drawing, in pixels from its upper left corner.
type Box struct{ Left, Top, Width, Height int }

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
func (m *Figure) layOut() {
	room := canvas.Width - 2*canvas.Margin - matricesGap*(len(m.Panes)-1)
	fits := func(pixel float64) bool {
		wide := 0
		for _, p := range m.Panes {
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
	for i := range m.Panes {
		p := &m.Panes[i]
		p.Box = Box{Left: left, Width: side(p.Columns, m.pixel), Height: side(p.Rows, m.pixel)}
		left += p.room() + matricesGap
		lines = max(lines, len(p.aboutLines()))
	}
	for i := range m.Panes {
		m.Panes[i].Box.Top = matricesHead + lines*aboutStep + 8
	}
}

// side returns the pixels of so many rows or columns.
func side(n int, pixel float64) int {
	return max(thinnest, int(math.Round(float64(n)*pixel)))
}

// headWidth is the room for the words above a matrix, where it is thinner.
func (p Pane) headWidth() int {
	widest := max(canvas.TextStyle(canvas.NamePt, true, canvas.Ink).Width(p.Name), canvas.TextStyle(canvas.TextPt, false, canvas.Ink).Width(p.Size()), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(p.About()))
	return min(widestHead, int(widest.Points())+1)
}

// room is the width of a matrix and the words above it.
func (p Pane) room() int { return max(p.Box.Width, p.headWidth()) }

func (p Pane) aboutLines() []string {
	if text := p.About(); canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(text) <= vg.Length(p.room()) {
		return []string{text}
	}
	return strings.SplitAfterN(p.About(), ", ", 2)
}

// bottom is the lower edge of the tallest matrix.
func (m *Figure) bottom() int {
	low := 0
	for _, p := range m.Panes {
		low = max(low, p.Box.Top+p.Box.Height)
	}
	return low
}

func (m *Figure) Height() int { return m.bottom() + matricesFoot }

// words returns the text of the picture by its style: names, sizes, the rest.
func (m *Figure) words() (names, sizes, rest []canvas.Caption) {
	name := canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	short := m.names(name)
	for i, p := range m.Panes {
		x := float64(p.Box.Left)
		names = append(names, canvas.Caption{X: x, Y: 10, Text: short[i]})
		sizes = append(sizes, canvas.Caption{X: x, Y: 28, Text: p.Size()})
		for j, line := range p.aboutLines() {
			rest = append(rest, canvas.Caption{X: x, Y: float64(matricesHead + aboutStep*j + 3), Text: line})
		}
	}
	key := m.key()
	y := float64(key.Top) + float64(key.Height)/2
	return names, sizes, append(rest,
		canvas.Caption{X: canvas.Margin, Y: y, Text: "0"},
		canvas.Caption{X: float64(key.Left + key.Width + 8), Y: y, Text: "the strongest block of each matrix, by the root mean square of its numbers"})
}

// names are the matrices' names, each as wide as its pane: those of panes of one
// width stay apart.
func (m *Figure) names(style draw.TextStyle) []string {
	all := make([]string, len(m.Panes))
	for i, p := range m.Panes {
		all[i] = p.Name
	}
	out := make([]string, len(all))
	for i, p := range m.Panes {
		out[i] = canvas.ShortenAll(all, style, vg.Length(p.room()))[i]
	}
	return out
}

// key is the place of the shades, weakest to strongest, below the matrices.
func (m *Figure) key() Box { return Box{canvas.Margin + 14, m.bottom() + 22, 120, 10} }

// frames returns the outlines of matrices and shades: zeros are seen, too.
func (m *Figure) frames() [][][2]float64 {
	var out [][][2]float64
	boxes := []Box{m.key()}
	for _, p := range m.Panes {
		boxes = append(boxes, p.Box)
	}
	for _, b := range boxes {
		x0, y0 := float64(b.Left)-0.5, float64(b.Top)-0.5
		x1, y1 := x0+float64(b.Width)+1, y0+float64(b.Height)+1
		out = append(out, [][2]float64{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}})
	}
	return out
}
