package scatter

import (
	"fmt"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

const (
	plotHead = 14  // above the plot
	dot      = 6.0 // diameter of a point, in pixels
	keyGap   = 28  // between the plot and a key right of it
	keyWidth = 210
	noteStep = 16 // from line to line of the note
)

// layout is the place of everything in the drawing.
type layout struct {
	plot   canvas.Plot
	key    canvas.Key
	note   canvas.Words
	height int
}

// layout places the plot, with the key and the note right of it or, in a narrow layout,
// above it.
func (f *Figure) layout(width int) layout {
	narrow := width < canvas.Wide
	x, y := f.scales()
	p := canvas.Plot{Top: plotHead, Height: 330, X: x, Y: y, XName: f.Labels.X, YName: f.Labels.Y, NameAbove: canvas.IsNarrow(width)}
	p.Left = canvas.LeftRoom(p.Y, p.NameAbove)
	left, top, room := canvas.Margin, plotHead-8, width-2*canvas.Margin
	p.Width = width - p.Left - canvas.Margin - 12 // room of the last number
	if !narrow {
		p.Width -= keyGap + keyWidth - 12
		left, top, room = p.Right()+keyGap, plotHead+20, keyWidth
	}
	p.X = canvas.XScale(x.Min, x.Max, p.Width)
	l := layout{key: canvas.PlaceKey(f.entries(), left, top, room), note: canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}}
	below := top + l.key.Height + 14
	if note := f.note(); note != "" {
		for _, line := range canvas.Wrap(note, canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), vg.Length(room)) {
			l.note.Lines = append(l.note.Lines, canvas.Caption{X: float64(left), Y: float64(below), Text: line})
			below += noteStep
		}
	}
	if narrow {
		p.Top = below + 8
		p.Height = min(330, p.Width*9/10)
		if p.NameAbove {
			p.Top += canvas.NameHead - 4
		}
	}
	l.plot, l.height = p, p.Bottom()+canvas.XFoot
	return l
}

func (f *Figure) entries() []canvas.Entry {
	colours, _ := canvas.Contrast(len(f.Series))
	var out []canvas.Entry
	for i, s := range f.Series {
		out = append(out, canvas.Entry{Name: s.Name, Colour: colours[i], Point: f.point(i)})
	}
	if f.Diagonal != "" {
		out = append(out, canvas.Diagonal(f.Diagonal, ""))
	}
	return out
}

// note states how many of the points are drawn, if not all are.
func (f *Figure) note() string {
	for _, s := range f.Series {
		if n := len(s.X); n > mostDrawn {
			return fmt.Sprintf("%d of %s points are drawn.", mostDrawn, canvas.Number(float64(n)))
		}
	}
	return ""
}

// hollow reports whether the points of a series are rings. Those of the first of two are, so
// that both are seen where they overlap.
func (f *Figure) hollow(series int) bool { return len(f.Series) == 2 && series == 0 }

// point is the kind of the points of a series.
func (f *Figure) point(series int) canvas.Point {
	if f.hollow(series) {
		return canvas.RingPoint
	}
	return canvas.DotPoint
}

// diagonal is the part of the line y = x in the plot; nil if there is none.
func (f *Figure) diagonal(p canvas.Plot) [][][2]float64 {
	from, to := max(p.X.Min, p.Y.Min), min(p.X.Max, p.Y.Max)
	if f.Diagonal == "" || from >= to {
		return nil
	}
	x0, y0 := p.Place(from, from)
	x1, y1 := p.Place(to, to)
	return [][][2]float64{{{x0, y0}, {x1, y1}}}
}

// Height is the height of the drawing in a layout of the given width.
func (f *Figure) Height(width int) int { return f.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (f *Figure) Captions(width int) []canvas.Words {
	l := f.layout(width)
	return append(append(l.plot.Texts(), l.key.Texts...), l.note)
}
