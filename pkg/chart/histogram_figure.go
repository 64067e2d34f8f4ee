package chart

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// markData is a vertical line.
type markData struct {
	At   float64
	Name string
}

// histogram is the figure behind [Histogram].
type histogram struct {
	labels canvas.Labels
	bins   canvas.Scale
	counts []int
	marks  []markData
	n      int
	median float64
	top    float64 // the greatest value
}

// count fills the bins from sorted values.
func (h *histogram) count(sorted []float64, whole bool) {
	lo, hi := sorted[0], sorted[len(sorted)-1]
	if lo > 0 && lo < 0.2*hi {
		lo = 0
	}
	h.bins = canvas.NiceScale(lo, hi, 55)
	if whole && h.bins.Step < 1 || whole && h.bins.Step == 2.5 {
		h.bins.Step = math.Ceil(h.bins.Step)
		h.bins.Min = math.Floor(lo/h.bins.Step) * h.bins.Step
		h.bins.Max = math.Floor(hi/h.bins.Step)*h.bins.Step + h.bins.Step
	}
	h.counts = make([]int, max(1, int(math.Round((h.bins.Max-h.bins.Min)/h.bins.Step))))
	for _, x := range sorted {
		i := int(math.Floor((x - h.bins.Min) / h.bins.Step))
		h.counts[min(max(i, 0), len(h.counts)-1)]++
	}
}

func (h *histogram) Kind() string { return "histogram" }

const (
	histogramPlot = 250
	histogramHead = 34
	histogramFoot = 50
)

func (h *histogram) Height() int { return histogramHead + histogramPlot + histogramFoot }

// xScale covers bins and marks.
func (h *histogram) xScale() canvas.Scale {
	lo, hi := h.bins.Min, h.bins.Max
	for _, m := range h.marks {
		lo, hi = min(lo, m.At), max(hi, m.At)
	}
	return canvas.NiceScale(lo, hi, 8)
}

func (h *histogram) yScale() canvas.Scale {
	s := canvas.NiceScale(0, float64(slices.Max(h.counts)), 5)
	if s.Step < 1 { // counts are whole
		return canvas.Scale{Min: 0, Max: math.Ceil(s.Max), Step: 1}
	}
	return s
}

// edge returns the lower edge of a bin.
func (h *histogram) edge(i int) float64 {
	return canvas.RoundTo(h.bins.Min+float64(i)*h.bins.Step, canvas.AxisDigits)
}

// nameOnLeft tells whether a mark's name has no room on the right of its line.
func (h *histogram) nameOnLeft(m markData) bool {
	s := h.xScale()
	room := (s.Max - m.At) / (s.Max - s.Min) * float64(canvas.Width-canvas.AxisRoom-canvas.Margin-14)
	return canvas.TextStyle(canvas.TextPt, true, canvas.Ink).Width(m.Name).Points()+6 > room
}

func (h *histogram) Numbers() []string {
	most := slices.Index(h.counts, slices.Max(h.counts))
	out := []string{
		fmt.Sprintf("%s values, median %s, greatest %s", canvas.Number(float64(h.n)), canvas.Number(h.median), canvas.Number(h.top)),
		fmt.Sprintf("fullest bin: %s of %s to %s", canvas.Number(float64(h.counts[most])), canvas.Number(h.edge(most)), canvas.Number(h.edge(most+1))),
	}
	for _, m := range h.marks {
		out = append(out, fmt.Sprintf("mark at %s: %s", canvas.Number(m.At), m.Name))
	}
	return out
}
