package histogram

import (
	"fmt"
	"math"
	"slices"

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
}

// Count fills the bins from sorted values.
func (h *Figure) Count(sorted []float64, whole bool) {
	lo, hi := sorted[0], sorted[len(sorted)-1]
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
	for _, x := range sorted {
		i := int(math.Floor((x - h.Bins.Min) / h.Bins.Step))
		h.Counts[min(max(i, 0), len(h.Counts)-1)]++
	}
}

func (h *Figure) Kind() string { return "histogram" }

const (
	histogramPlot = 250
	histogramHead = 34
	histogramFoot = 50
)

func (h *Figure) Height() int { return histogramHead + histogramPlot + histogramFoot }

// XScale covers bins and marks.
func (h *Figure) XScale() canvas.Scale {
	lo, hi := h.Bins.Min, h.Bins.Max
	for _, m := range h.Marks {
		lo, hi = min(lo, m.At), max(hi, m.At)
	}
	return canvas.NiceScale(lo, hi, 8)
}

func (h *Figure) yScale() canvas.Scale {
	s := canvas.NiceScale(0, float64(slices.Max(h.Counts)), 5)
	if s.Step < 1 { // counts are whole
		return canvas.Scale{Min: 0, Max: math.Ceil(s.Max), Step: 1}
	}
	return s
}

// Edge returns the lower edge of a bin.
func (h *Figure) Edge(i int) float64 {
	return canvas.RoundTo(h.Bins.Min+float64(i)*h.Bins.Step, canvas.AxisDigits)
}

// nameOnLeft tells whether a mark's name has no room on the right of its line.
func (h *Figure) nameOnLeft(m Mark) bool {
	s := h.XScale()
	room := (s.Max - m.At) / (s.Max - s.Min) * float64(canvas.Width-canvas.AxisRoom-canvas.Margin-14)
	return canvas.TextStyle(canvas.TextPt, true, canvas.Ink).Width(m.Name).Points()+6 > room
}

func (h *Figure) Numbers() []string {
	most := slices.Index(h.Counts, slices.Max(h.Counts))
	out := []string{
		fmt.Sprintf("%s values, median %s, greatest %s", canvas.Number(float64(h.N)), canvas.Number(h.Median), canvas.Number(h.Top)),
		fmt.Sprintf("fullest bin: %s of %s to %s", canvas.Number(float64(h.Counts[most])), canvas.Number(h.Edge(most)), canvas.Number(h.Edge(most+1))),
	}
	for _, m := range h.Marks {
		out = append(out, fmt.Sprintf("mark at %s: %s", canvas.Number(m.At), m.Name))
	}
	return out
}
