package chart

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/stats"
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/histogram"
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
		return Chart{}, &DataError{labels.Title, "values", "none, expected at least one"}
	}
	if len(marks) > maxMarks {
		return Chart{}, &DataError{labels.Title, "marks", fmt.Sprintf("%d, expected at most %d", len(marks), maxMarks)}
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
	h := &histogram.Figure{Labels: canvas.Labels(labels), N: len(v)}
	for i, m := range marks {
		m.Name = oneLine(m.Name)
		if err := checkNumber(labels.Title, fmt.Sprintf("mark %d %q, position", i, m.Name), m.At); err != nil {
			return Chart{}, err
		}
		h.Marks = append(h.Marks, histogram.Mark(m))
	}
	slices.Sort(v)
	h.Median, h.Top = stats.Median(v), v[len(v)-1]
	h.Count(v, whole)
	return newChart(labels, h, struct {
		Bins   [3]float64
		Counts []int
		Marks  []histogram.Mark
	}{[3]float64{h.Bins.Min, h.Bins.Max, h.Bins.Step}, h.Counts, h.Marks})
}
