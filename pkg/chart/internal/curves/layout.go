package curves

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// layout is the place of everything in the drawing.
type layout struct {
	plots  []canvas.Plot
	keys   []canvas.Key     // of each panel, above it; empty if the lines are labelled at their ends
	labels [][]canvas.Words // of each panel, the labels at the ends of the lines
	height int
}

const (
	panelGap  = 22 // between panels
	panelHead = 12 // above the first one
	// leastPlot is the least part of the width that a plot takes beside the labels at the
	// ends of its lines. If there is less room, a key above the plot replaces the labels.
	leastPlot = 0.55
	labelGap  = 10 // between the plot and a label
	labelStep = 15 // from label to label, at least
)

// layout places the panels below one another.
func (c *Figure) layout(width int) layout {
	narrow := canvas.IsNarrow(width)
	left := 0
	for _, p := range c.panels {
		left = max(left, canvas.LeftRoom(p.yScale(), narrow))
	}
	right := canvas.Margin + c.labelRoom()
	keyed := float64(width-left-right) < leastPlot*float64(width)
	if keyed {
		right = canvas.Margin + 8 // half a number of the x axis
	}
	var l layout
	lo, hi := c.xRange()
	x := canvas.XScale(lo, hi, width-left-right)
	top := panelHead
	for i, p := range c.panels {
		plot := canvas.Plot{Left: left, Width: width - left - right, Height: c.panelHeight(narrow), X: x, Y: p.yScale(),
			XName: c.labels.X, YName: p.name, NameAbove: narrow, NoX: i < len(c.panels)-1}
		var key canvas.Key
		if keyed {
			key = canvas.PlaceKey(p.entries(), canvas.Margin, top, width-2*canvas.Margin)
			top += key.Height + 6
		}
		if narrow && p.name != "" {
			top += canvas.NameHead - 1
		}
		plot.Top = top
		top += plot.Height + panelGap
		l.plots, l.keys = append(l.plots, plot), append(l.keys, key)
		var labels []canvas.Words
		if !keyed {
			labels = p.endLabels(plot)
		}
		l.labels = append(l.labels, labels)
	}
	l.height = top - panelGap + canvas.XFoot
	return l
}

func (c *Figure) panelHeight(narrow bool) int {
	if narrow {
		return []int{210, 170, 150, 130}[len(c.panels)-1]
	}
	return []int{300, 190, 160, 140}[len(c.panels)-1]
}

// Height is the height of the drawing in a layout of the given width.
func (c *Figure) Height(width int) int { return c.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (c *Figure) Captions(width int) []canvas.Words {
	var out []canvas.Words
	l := c.layout(width)
	for i, plot := range l.plots {
		out = append(out, plot.Texts()...)
		out = append(out, l.keys[i].Texts...)
		out = append(out, l.labels[i]...)
	}
	return out
}

// entries are the lines of the panel's key, with the last value and its unit, which stands in the
// panel's name after a comma. A line without points has none.
func (p panel) entries() []canvas.Entry {
	var out []canvas.Entry
	scale := p.yScale()
	unit := p.unit()
	for i, s := range p.series {
		if n := len(s.Y); n > 0 {
			out = append(out, canvas.Entry{Name: s.Name, Value: scale.Number(s.Y[n-1]) + unit, Colour: canvas.Palette[p.colour[i]], Mark: canvas.Marks[i]})
		}
	}
	return out
}

// unit returns the unit of the values after a space, "" without one.
func (p panel) unit() string {
	if _, unit, ok := strings.Cut(p.name, ", "); ok {
		return " " + unit
	}
	return ""
}

// ends are the labels at the ends of the lines that have points.
func (p panel) ends() []string {
	style := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	entries := p.entries()
	names := make([]string, len(entries))
	widest := vg.Length(0)
	for i, e := range entries {
		names[i] = e.Name
		widest = max(widest, style.Width(" "+e.Value))
	}
	out := canvas.ShortenAll(names, style, canvas.EndLabelRoom-widest)
	for i, e := range entries {
		out[i] += " " + e.Value
	}
	return out
}

// labelRoom is the width of the labels at the ends of all lines.
func (c *Figure) labelRoom() int {
	style := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	room := 0.0
	for _, p := range c.panels {
		for _, text := range p.ends() {
			room = max(room, style.Width(text).Points())
		}
	}
	return int(math.Ceil(room)) + labelGap + 4
}

// endLabels places a label at the end of each line, apart from the others.
func (p panel) endLabels(plot canvas.Plot) []canvas.Words {
	var at []float64
	for _, s := range p.series {
		if n := len(s.Y); n > 0 {
			_, y := plot.Place(plot.X.Max, s.Y[n-1])
			at = append(at, -y)
		}
	}
	at = canvas.Spread(at, labelStep, float64(-plot.Bottom())+4, float64(-plot.Top))
	texts := p.ends()
	var out []canvas.Words
	for i, e := range p.entries() {
		out = append(out, canvas.Words{Size: canvas.TextPt, Bold: true, Colour: e.Colour, Lines: []canvas.Caption{{
			X: float64(plot.Right() + labelGap), Y: -at[i], Text: texts[i],
		}}})
	}
	return out
}
