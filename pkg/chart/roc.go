package chart

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/roc"
)

// ROCCurve is a receiver operating characteristic: of a classifier, or of one
// class against the rest.
type ROCCurve struct {
	// Name labels the curve, as "after". Required, unique in the chart.
	Name string
	// FalsePositives and TruePositives are the points, 0..1, neither decreasing, from (0, 0) to (1, 1).
	FalsePositives, TruePositives []float64
}

// ROC draws receiver operating characteristics over the diagonal on which a guess
// lies. A key right of the plot names the curves with the area below each, which
// is computed from the points by the trapezoidal rule: all curves end at (1, 1),
// where names would stand one above the other.
//
// Empty Labels.X and Y become "false positive rate" and "true positive rate".
// Curves are at most 6; two are drawn in grey and blue, as before and after. A
// curve of more than 800 points is thinned as [Curves] does. A fault in the data
// is a [*DataError].
func ROC(labels Labels, curves ...ROCCurve) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("roc"); err != nil {
		return Chart{}, err
	}
	if labels.X == "" {
		labels.X = "false positive rate"
	}
	if labels.Y == "" {
		labels.Y = "true positive rate"
	}
	r := &roc.Figure{Labels: canvas.Labels(labels)}
	var names []string
	var checked []ROCCurve
	for _, c := range curves {
		c = ROCCurve{oneLine(c.Name), slices.Clone(c.FalsePositives), slices.Clone(c.TruePositives)}
		names = append(names, c.Name)
		checked = append(checked, c)
		r.Curves = append(r.Curves, roc.Curve(c))
	}
	if err := checkNames(labels.Title, "curves", names, canvas.MaxSeries); err != nil {
		return Chart{}, err
	}
	for _, c := range checked {
		if err := c.check(labels.Title); err != nil {
			return Chart{}, err
		}
	}
	return newChart(labels, r, r.Curves)
}

func (c ROCCurve) check(title string) error {
	part := fmt.Sprintf("curve %q", c.Name)
	n := len(c.FalsePositives)
	if n != len(c.TruePositives) || n < 2 {
		return &DataError{title, part, fmt.Sprintf("has %d false and %d true positive rates; give both for every point, from (0, 0) to (1, 1)", n, len(c.TruePositives))}
	}
	for _, rates := range []struct {
		name   string
		values []float64
	}{{"false positive rates", c.FalsePositives}, {"true positive rates", c.TruePositives}} {
		last := 0.0
		for i, v := range rates.values {
			if !(v >= last && v <= 1) {
				return &DataError{title, fmt.Sprintf("%s, %s[%d]", part, rates.name, i), fmt.Sprintf("is %v after %s; give shares between 0 and 1, none less than the one before", v, canvas.Number(last))}
			}
			last = v
		}
	}
	if first, last := [2]float64{c.FalsePositives[0], c.TruePositives[0]}, [2]float64{c.FalsePositives[n-1], c.TruePositives[n-1]}; first != [2]float64{0, 0} || last != [2]float64{1, 1} {
		return &DataError{title, part, fmt.Sprintf("goes from (%s, %s) to (%s, %s); give the points from (0, 0) to (1, 1)", canvas.Number(first[0]), canvas.Number(first[1]), canvas.Number(last[0]), canvas.Number(last[1]))}
	}
	return nil
}
