package histogram

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Mark is a vertical line.
type Mark struct {
	At   float64
	Name string
}

// Figure is the figure behind [chart.Histogram].
type Figure struct {
	Labels canvas.Labels
	Bins   canvas.Scale
	Counts []int
	Marks  []Mark
	N      int
	Median float64
	Top    float64 // the greatest value

	Below, Above int // numbers of values that are not drawn
}

// Count fills the bins from sorted values.
func (h *Figure) Count(sorted []float64, whole bool) {
	from, to := drawn(sorted)
	lo, hi := sorted[from], sorted[to-1]
	if lo > 0 && lo < 0.2*hi {
		lo = 0
	}
	h.Bins = canvas.NiceScale(lo, hi, 55)
	if whole && h.Bins.Step < 1 || whole && h.Bins.Step == 2.5 {
		h.Bins.Step = math.Ceil(h.Bins.Step)
		h.Bins.Min = math.Floor(lo/h.Bins.Step) * h.Bins.Step
		h.Bins.Max = math.Floor(hi/h.Bins.Step)*h.Bins.Step + h.Bins.Step
	}
	h.Counts = make([]int, max(1, int(math.Round((h.Bins.Max-h.Bins.Min)/h.Bins.Step))))
	first, last := h.Edge(0), h.Edge(len(h.Counts))
	for i, x := range sorted {
		switch { // a value between the others and the end of the axis is drawn
		case i < from && x < first:
			h.Below++
		case i >= to && x > last:
			h.Above++
		default:
			bin := int(math.Floor((x - h.Bins.Min) / h.Bins.Step))
			h.Counts[min(max(bin, 0), len(h.Counts)-1)]++
		}
	}
}

// drawn returns the range of the sorted values that determine the axis. A few values far from the others
// would press them into one bar: they are counted, and the axis names their number.
func drawn(sorted []float64) (from, to int) {
	const (
		few  = 50   // values, of which none is left out
		rim  = 0.02 // share of the values on each side that may be
		far  = 5    // times as wide as the others: the range from which on values are left out
		near = 1    // times that range: what is drawn on each side
	)
	n := len(sorted)
	if n < few {
		return 0, n
	}
	low, high := sorted[int(rim*float64(n))], sorted[n-1-int(rim*float64(n))]
	room := high - low
	if room <= 0 || sorted[n-1]-sorted[0] <= far*room {
		return 0, n
	}
	from, _ = slices.BinarySearch(sorted, low-near*room)
	to = n
	for sorted[to-1] > high+near*room {
		to--
	}
	return from, to
}

// outside names the values that are not drawn; "" if there are none.
func (h *Figure) outside() string {
	first, last := h.Edge(0), h.Edge(len(h.Counts))
	switch {
	case h.Below > 0 && h.Above > 0:
		return fmt.Sprintf("not drawn: %s below %s, %s above %s", canvas.Number(float64(h.Below)), canvas.Number(first), canvas.Number(float64(h.Above)), canvas.Number(last))
	case h.Below > 0:
		return fmt.Sprintf("not drawn: %s below %s", canvas.Number(float64(h.Below)), canvas.Number(first))
	case h.Above > 0:
		return fmt.Sprintf("not drawn: %s above %s", canvas.Number(float64(h.Above)), canvas.Number(last))
	}
	return ""
}

func (h *Figure) xName() string {
	if outside := h.outside(); outside != "" {
		return strings.TrimSpace(fmt.Sprintf("%s (%s)", h.Labels.X, outside))
	}
	return h.Labels.X
}

// Kind is the name in identifiers and errors.
func (h *Figure) Kind() string { return "histogram" }

const histogramHead = 34 // above the plot: names of marks

// layout is the place of everything in the drawing.
type layout struct {
	plot   canvas.Plot
	marks  []canvas.Words // the names of the marks
	height int
}

func (h *Figure) layout(width int) layout {
	narrow := canvas.IsNarrow(width)
	p := canvas.Plot{Top: histogramHead, Height: 250, Y: h.yScale(), XName: h.xName(), YName: h.Labels.Y, NameAbove: narrow}
	if narrow {
		p.Height = 200
		p.NameLift = histogramHead - 14
		p.Top += canvas.NameHead - 4
	}
	p.Left = canvas.LeftRoom(p.Y, narrow)
	p.Width = width - p.Left - canvas.Margin - 14 // half a number of the x axis
	p.X = h.xScale(p.Width)
	l := layout{plot: p, height: p.Bottom() + canvas.XFoot}
	names := make([]string, len(h.Marks))
	for i, m := range h.Marks {
		names[i] = m.Name
	}
	bold := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	for i, m := range h.Marks {
		x, _ := p.Place(m.At, 0)
		// The name is right of the line, or left of it where there is more room.
		right, left := float64(width-canvas.Margin)-x-markGap, x-markGap-float64(p.Left)
		caption := canvas.Caption{X: x + markGap, Y: l.markTop(i) + 9, Text: canvas.ShortenAll(names, bold, vg.Length(max(right, left)))[i]}
		if bold.Width(caption.Text).Points() > right {
			caption.X, caption.Align = x-markGap, canvas.Right
		}
		l.marks = append(l.marks, canvas.Words{Size: canvas.TextPt, Bold: true, Colour: canvas.Palette[1], Lines: []canvas.Caption{caption}})
	}
	return l
}

const (
	markGap  = 6  // between a line and its name
	markStep = 17 // from name to name: each is lower than the one before
)

// markTop is the upper end of a mark's line.
func (l layout) markTop(i int) float64 { return float64(l.plot.Top - 17 + markStep*i) }

// Height is the height of the drawing in a layout of the given width.
func (h *Figure) Height(width int) int { return h.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (h *Figure) Captions(width int) []canvas.Words {
	l := h.layout(width)
	return append(l.plot.Texts(), l.marks...)
}

// xScale covers bins and marks.
func (h *Figure) xScale(width int) canvas.Scale {
	lo, hi := h.Bins.Min, h.Bins.Max
	for _, m := range h.Marks {
		lo, hi = min(lo, m.At), max(hi, m.At)
	}
	s := canvas.XScale(lo, hi, width)
	if s.Step < 1 && h.Bins.Step >= 1 { // whole numbers have whole ticks
		return canvas.Scale{Min: math.Floor(lo), Max: math.Ceil(hi), Step: 1}
	}
	return s
}

func (h *Figure) yScale() canvas.Scale {
	s := canvas.TickScale(0, float64(slices.Max(h.Counts)), 6)
	if s.Step != math.Trunc(s.Step) { // counts are whole
		step := math.Ceil(s.Step)
		return canvas.Scale{Min: 0, Max: step * math.Ceil(s.Max/step), Step: step}
	}
	return s
}

// Edge returns the lower edge of a bin.
func (h *Figure) Edge(i int) float64 {
	return canvas.RoundTo(h.Bins.Min+float64(i)*h.Bins.Step, canvas.AxisDigits)
}

// Numbers describes the values in words.
func (h *Figure) Numbers() []string {
	most := slices.Index(h.Counts, slices.Max(h.Counts))
	out := []string{
		fmt.Sprintf("%s values, median %s, greatest %s", canvas.Number(float64(h.N)), canvas.Number(h.Median), canvas.Number(h.Top)),
		fmt.Sprintf("fullest bin: %s of %s to %s", canvas.Number(float64(h.Counts[most])), canvas.Number(h.Edge(most)), canvas.Number(h.Edge(most+1))),
	}
	if outside := h.outside(); outside != "" {
		out = append(out, outside)
	}
	for _, m := range h.Marks {
		out = append(out, fmt.Sprintf("mark at %s: %s", canvas.Number(m.At), m.Name))
	}
	return out
}
