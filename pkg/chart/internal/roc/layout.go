package roc

import (
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

const (
	plotHead = 12
	plotSide = 360 // both sides of the plot, at most
	keyGap   = 28  // between the plot and a key right of it
)

// layout is the place of everything in the drawing.
type layout struct {
	plot   canvas.Plot
	key    canvas.Key
	height int
}

// layout places the plot, with the key right of it or, in a narrow layout, above it. All
// curves end at (1, 1), where labels would stand one above the other.
func (r *Figure) layout(width int) layout {
	s := canvas.Scale{Min: 0, Max: 1, Step: 0.2}
	p := canvas.Plot{Top: plotHead, X: s, Y: s, XName: r.Labels.X, YName: r.Labels.Y, NameAbove: canvas.IsNarrow(width)}
	p.Left = canvas.LeftRoom(s, p.NameAbove)
	p.Width = min(plotSide, width-p.Left-canvas.Margin-8)
	p.Height = p.Width
	var l layout
	if left := p.Right() + keyGap; width >= canvas.Wide {
		l.key = canvas.PlaceKey(r.entries(), left, plotHead+20, width-canvas.Margin-left)
	} else {
		l.key = canvas.PlaceKey(r.entries(), canvas.Margin, plotHead-8, width-2*canvas.Margin)
		p.Top = plotHead + l.key.Height + 4
		if p.NameAbove {
			p.Top += canvas.NameHead - 4
		}
	}
	l.plot, l.height = p, p.Bottom()+canvas.XFoot
	return l
}

// Chance is the name of the diagonal, on which a random classifier lies.
const Chance = "random classifier"

func (r *Figure) entries() []canvas.Entry {
	colours, marks := canvas.Contrast(len(r.Curves))
	var out []canvas.Entry
	for i, c := range r.Curves {
		out = append(out, canvas.Entry{Name: c.Name, Value: "(" + c.areaText() + ")", Colour: colours[i], Mark: marks[i]})
	}
	return append(out, canvas.Diagonal(Chance, "(AUC 0.500)"))
}

// Height is the height of the drawing in a layout of the given width.
func (r *Figure) Height(width int) int { return r.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (r *Figure) Captions(width int) []canvas.Words {
	l := r.layout(width)
	return append(l.plot.Texts(), l.key.Texts...)
}

// diagonal is the curve of a random classifier.
func diagonal(p canvas.Plot) [][2]float64 {
	x0, y0 := p.Place(0, 0)
	x1, y1 := p.Place(1, 1)
	return [][2]float64{{x0, y0}, {x1, y1}}
}
