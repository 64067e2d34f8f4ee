package reliability

import (
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

const (
	plotHead = 14 // above the plot
	// widest and narrowest dot, in pixels. The area is proportional to the number of
	// predictions, down to a dot that can still be seen.
	widestDot    = 24
	narrowestDot = 4
	keyGap       = 28 // between the plot and a key right of it
	keyWidth     = 210
	noteStep     = 16 // from line to line of the note
)

// layout is the place of everything in the drawing.
type layout struct {
	plot   canvas.Plot
	key    canvas.Key
	note   canvas.Words
	height int
}

// layout places the plot, with the key and the note right of it or, in a narrow layout,
// above it. Neither is in the plot area, where dots may be anywhere.
func (r *Figure) layout(width int) layout {
	narrow := width < canvas.Wide
	p := canvas.Plot{Top: plotHead, Height: 330, X: r.xScale(), Y: canvas.Scale{Min: 0, Max: 1, Step: 0.2},
		XName: r.Labels.X, YName: r.Labels.Y, NameAbove: canvas.IsNarrow(width)}
	p.Left = canvas.LeftRoom(p.Y, p.NameAbove)
	left, top, room := canvas.Margin, plotHead-8, width-2*canvas.Margin
	p.Width = width - p.Left - canvas.Margin - 12 // half a dot on the rim
	if !narrow {
		p.Width -= keyGap + keyWidth - 12
		left, top, room = p.Right()+keyGap, plotHead+20, keyWidth
	}
	l := layout{key: canvas.PlaceKey(r.entries(), left, top, room), note: canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}}
	y := top + l.key.Height + 14
	for _, line := range canvas.Wrap(r.note(), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), vg.Length(room)) {
		l.note.Lines = append(l.note.Lines, canvas.Caption{X: float64(left), Y: float64(y), Text: line})
		y += noteStep
	}
	if narrow {
		p.Top = y + 8
		p.Height = min(330, p.Width*9/10)
		if p.NameAbove {
			p.Top += canvas.NameHead - 4
		}
	}
	l.plot, l.height = p, p.Bottom()+canvas.XFoot
	return l
}

// Perfect is the name of the diagonal in the key.
const Perfect = "perfect calibration"

func (r *Figure) entries() []canvas.Entry {
	colours, marks := canvas.Contrast(len(r.Models))
	var out []canvas.Entry
	for i, m := range r.Models {
		out = append(out, canvas.Entry{Name: m.Name, Colour: colours[i], Mark: marks[i]})
	}
	return append(out, canvas.Diagonal(Perfect, ""))
}

// note explains the size of the dots and the whiskers.
func (r *Figure) note() string {
	text := "The area of a dot is the number of predictions."
	for _, m := range r.Models {
		if m.Low != nil {
			return text + " Vertical lines are 95 % intervals."
		}
	}
	return text
}

// most is the largest number of predictions in a bin.
func (r *Figure) most() int {
	most := 0
	for _, m := range r.Models {
		for _, n := range m.Count {
			most = max(most, n)
		}
	}
	return most
}

// Dot is the diameter of the dot of a bin with n predictions.
func (r *Figure) Dot(n int) float64 {
	return max(narrowestDot, widestDot*math.Sqrt(float64(n)/float64(r.most())))
}

// hollow reports whether a model's dots are rings. Those of the first of two are, so that
// both are seen where they overlap.
func (r *Figure) hollow(model int) bool { return len(r.Models) == 2 && model == 0 }

// whiskers are the intervals of a model's accuracies.
func (m Model) whiskers(p canvas.Plot) [][][2]float64 {
	var out [][][2]float64
	for i := range m.Low {
		x, low := p.Place(m.Confidence[i], m.Low[i])
		_, high := p.Place(m.Confidence[i], m.High[i])
		out = append(out, [][2]float64{{x, low}, {x, high}}, [][2]float64{{x - 3, low}, {x + 3, low}}, [][2]float64{{x - 3, high}, {x + 3, high}})
	}
	return out
}

// diagonal is the line on which confidence and accuracy are equal.
func diagonal(p canvas.Plot) [][2]float64 {
	x0, y0 := p.Place(p.X.Min, p.X.Min)
	x1, y1 := p.Place(1, 1)
	return [][2]float64{{x0, y0}, {x1, y1}}
}

// Height is the height of the drawing in a layout of the given width.
func (r *Figure) Height(width int) int { return r.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (r *Figure) Captions(width int) []canvas.Words {
	l := r.layout(width)
	return append(append(l.plot.Texts(), l.key.Texts...), l.note)
}
