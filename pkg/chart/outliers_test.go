package chart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// withOutliers is a search of which every fourth trial has a loss of some 1e12, as with a much too
// large learning rate, and one has none.
func withOutliers() Search {
	s := searchOf(24, 2, true)
	for i := range s.Trials {
		if t := &s.Trials[i]; i%4 == 3 {
			v := 1e12 * float64(i)
			t.Value, t.Y[0], t.Y[len(t.Y)-1] = &v, v, v
		}
	}
	s.Trials[5].State, s.Trials[5].Value, s.Trials[5].X, s.Trials[5].Y = TrialDiverged, nil, nil, nil
	return s
}

// Outliers do not squeeze the other trials into one place: they lie beside the axis, on the rim, and
// in the palest cells, and the picture states it.
func TestOutliers(t *testing.T) {
	s := withOutliers()
	words := func(c Chart, err error) []string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		svg, err := c.Fit(canvas.Narrow).SVG()
		if err != nil {
			t.Fatal(err)
		}
		return texts(t, svg)
	}
	parallel, err := Parallel(Labels{Title: "T"}, s)
	if all := words(parallel, err); !slices.ContainsFunc(all, func(w string) bool { return strings.HasPrefix(w, "> ") && strings.HasSuffix(w, " or none") }) {
		t.Errorf("the axis of the objective does not state outliers: %q", all)
	}
	for _, series := range drawnSeries(t, parallel) {
		last := series.Data[len(series.Data)-1]["value"].([]any)[0].(float64)
		if beside := strings.Contains(series.Name, "e+1") || !strings.Contains(series.Name, "validation loss"); beside != (last == 0.95) {
			t.Errorf("%q ends at %v of the axis", series.Name, last)
		}
	}
	curves, err := TrialCurves(Labels{Title: "T", X: "epoch"}, s)
	if all := words(curves, err); !slices.Contains(all, "validation loss (higher ones at the rim)") {
		t.Errorf("the curves do not state outliers: %q", all)
	}
	beyond := 0
	for _, series := range drawnSeries(t, curves) {
		for _, d := range series.Data {
			if y := d["value"].([]any)[1].(float64); y > 2 {
				t.Errorf("%q has a point at %v", series.Name, y)
			}
			if strings.Contains(d["name"].(string), "e+1") {
				beyond++
			}
		}
	}
	if beyond != 12 {
		t.Errorf("%d tooltips have the value of an outlier, want 12", beyond)
	}
	heat, err := HeatMap(Labels{Title: "T"}, s, s.Parameters[1].Name, "")
	if all := words(heat, err); slices.ContainsFunc(all, func(w string) bool { return w == "0" }) {
		t.Errorf("cells have no digits: %q", all)
	}
}

// Values that are only bad are no outliers, and the values of a search for a higher one have theirs
// below.
func TestOutlierLimits(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		higher bool
		want   string // the text beside the objective's axis
	}{
		"none":                    {values: []float64{0.67, 0.675, 0.68, 0.72}},
		"some learned nothing":    {values: []float64{0.05, 0.06, 0.05, 1.1, 1.1, 1.1}},
		"one learned":             {values: []float64{0.01, 0.69, 0.69, 0.69, 0.69, 0.69, 0.69, 0.69}},
		"all equal":               {values: []float64{0.5, 0.5, 0.5}},
		"all 0":                   {values: []float64{0, 0, 3}},
		"accuracy":                {values: []float64{95, 94, 33, 0}, higher: true},
		"a diverging loss":        {values: []float64{0.4, 0.5, 1, 50}, want: "> 1.0"},
		"three quarters diverged": {values: []float64{0.4, 1e9, 1e9, 1e9}, want: "> "},
		"R²":                      {values: []float64{0.8, 0.5, -0.1, -1e6}, higher: true, want: "< "},
	} {
		s := Search{Objective: "value", Higher: c.higher, Parameters: []Parameter{{Name: "rate"}}}
		for i, v := range c.values {
			s.Trials = append(s.Trials, Trial{Name: fmt.Sprint("trial ", i), State: TrialDone, Values: []float64{float64(i)}, Value: &v})
		}
		chart, err := Parallel(Labels{Title: "T"}, s)
		if err != nil {
			t.Fatal(err)
		}
		svg, err := chart.SVG()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, w := range texts(t, svg) {
			if strings.HasPrefix(w, "> ") || strings.HasPrefix(w, "< ") {
				got = w
			}
		}
		if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: the axis states %q, want %q", name, got, c.want)
		}
	}
}

// Before the first result the objective's axis has no numbers.
func TestNoValueYet(t *testing.T) {
	s := searchOf(3, 1, true)
	for i := range s.Trials {
		t := &s.Trials[i]
		t.State, t.Value, t.Values[0] = TrialWaiting, nil, 0.003
	}
	c, err := Parallel(Labels{Title: "T"}, s)
	if err != nil {
		t.Fatal(err)
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	all := texts(t, svg)
	if !slices.Contains(all, "no value") || slices.ContainsFunc(all, func(w string) bool { return w != "0.003" && strings.HasPrefix(w, "0.") || w == "1.0" }) {
		t.Errorf("the picture writes %q, want no number of the objective", all)
	}
}
