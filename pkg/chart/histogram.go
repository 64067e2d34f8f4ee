package chart

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/stats"
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Number is what a histogram counts: any whole or floating point number.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Mark is a vertical line in a histogram.
type Mark struct {
	At   float64
	Name string // written beside the line
}

// histogram is the figure behind [Histogram].
type histogram struct {
	labels Labels
	bins   canvas.Scale
	counts []int
	marks  []Mark
	n      int
	median float64
	top    float64 // the greatest value
}

const maxMarks = 4

// Histogram draws how many values fall into each of some 50 equally wide bins,
// their edges on round numbers: the lengths of texts, in tokens. Each mark is a
// labelled line, for a limit or a median. Empty Labels.Y becomes "count".
//
// A bin holds its lower edge; the last one holds its upper edge, too. Whole
// numbers have bins of whole width. Marks are at most 4. A fault in the data
// is a [*DataError].
func Histogram[T Number](labels Labels, values []T, marks ...Mark) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("histogram"); err != nil {
		return Chart{}, err
	}
	if labels.Y == "" {
		labels.Y = "count"
	}
	if len(values) == 0 {
		return Chart{}, &DataError{labels.Title, "values", "none given; give at least one"}
	}
	if len(marks) > maxMarks {
		return Chart{}, &DataError{labels.Title, "marks", fmt.Sprintf("%d given, at most %d can be read", len(marks), maxMarks)}
	}
	v := make([]float64, len(values))
	whole := true
	for i, x := range values {
		v[i] = float64(x)
		whole = whole && v[i] == math.Trunc(v[i])
	}
	if err := checkNumbers(labels.Title, "values", v); err != nil {
		return Chart{}, err
	}
	h := &histogram{labels: labels, n: len(v)}
	for i, m := range marks {
		m.Name = oneLine(m.Name)
		if err := checkNumber(labels.Title, fmt.Sprintf("mark %d %q, position", i, m.Name), m.At); err != nil {
			return Chart{}, err
		}
		h.marks = append(h.marks, m)
	}
	slices.Sort(v)
	h.median, h.top = stats.Median(v), v[len(v)-1]
	h.count(v, whole)
	return newChart(labels, h, struct {
		Bins   [3]float64
		Counts []int
		Marks  []Mark
	}{[3]float64{h.bins.Min, h.bins.Max, h.bins.Step}, h.counts, h.marks})
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
func (h *histogram) nameOnLeft(m Mark) bool {
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
