package parallel

import (
	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/trials"
)

// Figure is the figure behind [chart.Parallel].
type Figure struct {
	trials.Search
}

// Kind is the name in identifiers and errors.
func (f *Figure) Kind() string { return "parallel" }

// axes are those of the parameters, in their order, and that of the objective.
func (f *Figure) axes() []trials.Axis {
	var out []trials.Axis
	for i := range f.Parameters {
		out = append(out, f.Axis(i))
	}
	return append(out, f.ObjectiveAxis())
}

// shares are the places of a trial on all axes.
func (f *Figure) shares(axes []trials.Axis, trial int) []float64 {
	t := f.Trials[trial]
	var out []float64
	for i, v := range t.Values {
		out = append(out, canvas.RoundTo(axes[i].Share(v), 5))
	}
	last := trials.NoValue
	if t.Scored {
		last = axes[len(axes)-1].Share(t.Value)
	}
	return append(out, canvas.RoundTo(last, 5))
}

const (
	axisStep = 72 // from axis to axis
	axisHead = 34 // above the first axis: its name
	axisFoot = 48 // below the last axis: its numbers, and its name
	inset    = 22 // of the axes, for half a number
	tickSize = 4
	keyApart = 8
)

// layout is the place of everything in the drawing: the axes lie below one another.
type layout struct {
	left, top, width, height int // of the area from the first axis to the last one
	key                      canvas.Key
	lines                    [][][2]float64 // the axes with their ticks
	texts                    []canvas.Words
	bottom                   int
}

func (f *Figure) layout(width int) layout {
	axes := f.axes()
	l := layout{left: canvas.Margin + inset, width: width - 2*(canvas.Margin+inset), height: axisStep * (len(axes) - 1)}
	l.key = canvas.PlaceKey(f.Entries(f.Looks(), func(int) bool { return true }), canvas.Margin, 0, width-2*canvas.Margin)
	l.top = l.key.Height + keyApart + axisHead
	l.bottom = l.top + l.height + axisFoot
	names := canvas.Words{Size: canvas.TextPt, Bold: true, Colour: canvas.Ink, Halo: true}
	ticks := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted, Halo: true}
	var all []string
	for _, a := range axes {
		all = append(all, a.Name)
	}
	all = canvas.ShortenAll(all, canvas.TextStyle(canvas.TextPt, true, canvas.Ink), vg.Length(width-2*canvas.Margin))
	for i, a := range axes {
		y := float64(l.top + i*axisStep)
		l.lines = append(l.lines, [][2]float64{{float64(l.left), y}, {float64(l.left + l.width), y}})
		name := y - 19
		if i == len(axes)-1 { // above it, the name would hide the lines where they end
			name = y + 35
		}
		names.Lines = append(names.Lines, canvas.Caption{X: canvas.Margin, Y: name, Text: all[i]})
		for _, t := range a.Ticks(l.width) {
			x := float64(l.left) + t.Share*float64(l.width)
			l.lines = append(l.lines, [][2]float64{{x, y}, {x, y + tickSize}})
			ticks.Lines = append(ticks.Lines, canvas.Caption{X: x, Y: y + 14, Text: t.Text, Align: canvas.Centre})
		}
	}
	l.texts = []canvas.Words{ticks, names}
	return l
}

// Height is the height of the drawing in a layout of the given width.
func (f *Figure) Height(width int) int { return f.layout(width).bottom }

// Captions are all words of the drawing in a layout of the given width.
func (f *Figure) Captions(width int) []canvas.Words {
	l := f.layout(width)
	return append(l.texts, l.key.Texts...)
}
