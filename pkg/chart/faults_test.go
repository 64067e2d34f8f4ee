package chart

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/histogram"
)

// Every fault must name the chart, the part and the finding.
func TestFaults(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	l := Labels{Title: "T"}
	const overflows = 1 << (bits.UintSize / 2) // its square is 0
	one := []float64{1}
	curves := func(s ...Series) func() (Chart, error) {
		return func() (Chart, error) { return Curves(l, s...) }
	}
	bars := func(groups []string, s ...BarSeries) func() (Chart, error) {
		return func() (Chart, error) { return Bars(l, groups, s...) }
	}
	matrix := func(classes []string, m ...Matrix) func() (Chart, error) {
		return func() (Chart, error) { return Confusion(l, classes, m...) }
	}
	calibration := func(m ...Calibration) func() (Chart, error) {
		return func() (Chart, error) { return Reliability(l, m...) }
	}
	scatters := func(p ...Points) func() (Chart, error) {
		return func() (Chart, error) { return Scatter(l, "", p...) }
	}
	rocs := func(c ...ROCCurve) func() (Chart, error) {
		return func() (Chart, error) { return ROC(l, c...) }
	}
	values := func(v []float64, m ...Mark) func() (Chart, error) {
		return func() (Chart, error) { return Histogram(l, v, m...) }
	}
	grids := func(g ...Grid) func() (Chart, error) {
		return func() (Chart, error) { return Matrices(l, g...) }
	}
	text := func(w ...Word) func() (Chart, error) {
		return func() (Chart, error) { return Words(l, WordText{Name: "t", Words: w}) }
	}
	g, two := []string{"g"}, []string{"a", "b"}
	for name, c := range map[string]struct {
		make func() (Chart, error)
		want string
	}{
		"curves, no title":           {func() (Chart, error) { return Curves(Labels{}, Series{Name: "s", X: one, Y: one}) }, `chart: "curves": title: is empty`},
		"blank title":                {func() (Chart, error) { return Bars(Labels{Title: " \n"}, g) }, "title: is empty"},
		"no series":                  {curves(), "series: none, expected at least one"},
		"no point":                   {curves(Series{Name: "s"}), "hold no point"},
		"x and y differ":             {curves(Series{Name: "s", X: one}), `series "s": has 1 x and 0 y`},
		"NaN":                        {curves(Series{Name: "s", X: one, Y: []float64{nan}}), `series "s", y[0]: is NaN`},
		"infinite x":                 {curves(Series{Name: "s", X: []float64{inf}, Y: one}), `series "s", x[0]: is +Inf`},
		"enormous":                   {curves(Series{Name: "s", X: one, Y: []float64{-1e300}}), "is -1e+300"},
		"backwards":                  {curves(Series{Name: "s", X: []float64{2, 1}, Y: []float64{1, 1}}), "x[1] is 1 after 2"},
		"nameless":                   {curves(Series{X: one, Y: one}), "series 0: has no name"},
		"same name":                  {curves(Series{Name: "s", X: one, Y: one}, Series{Name: " s", X: one, Y: one}), `series 1: has the name "s" of number 0`},
		"too many series":            {curves(make([]Series, 7)...), "7, expected at most 6"},
		"too many panels":            {curves(Series{Name: "1", Panel: "1"}, Series{Name: "2", Panel: "2"}, Series{Name: "3", Panel: "3"}, Series{Name: "4", Panel: "4"}, Series{Name: "5", Panel: "5"}), "5 named, expected at most 4"},
		"no group":                   {bars(nil, BarSeries{Name: "s"}), "groups: none, expected at least one"},
		"no bar series":              {bars(g), "series: none, expected at least one"},
		"values and groups differ":   {bars(g, BarSeries{Name: "s", Values: []float64{1, 2}}), `series "s": has 2 values for 1 groups`},
		"half an interval":           {bars(g, BarSeries{Name: "s", Values: one, Low: one}), "has 1 low and 0 high ends"},
		"interval of another length": {bars(g, BarSeries{Name: "s", Values: one, Low: []float64{1, 1}, High: []float64{1, 1}}), "has 2 low and 2 high ends for 1 groups"},
		"value outside interval":     {bars(g, BarSeries{Name: "s", Values: one, Low: []float64{2}, High: []float64{3}}), "g: the value 1 is not within its interval 2 to 3"},
		"NaN interval":               {bars(g, BarSeries{Name: "s", Values: one, Low: []float64{nan}, High: []float64{3}}), "low[0]: is NaN"},
		"too many bars":              {bars(numbered(27), barSeries(6, 27)...), "make 162 bars"},
		"too many groups":            {bars(numbered(61), barSeries(1, 61)...), "groups: 61, expected at most 60"},
		"one class":                  {matrix(g, Matrix{Name: "m", Counts: [][]int{{1}}}), "classes: one, expected at least two"},
		"no matrix":                  {matrix(two), "matrices: none, expected at least one"},
		"rows missing":               {matrix(two, Matrix{Name: "m", Counts: [][]int{{1, 2}}}), `matrix "m": has 1 rows for 2 classes`},
		"columns missing":            {matrix(two, Matrix{Name: "m", Counts: [][]int{{1, 2}, {3}}}), `matrix "m", row 1: has 1 columns`},
		"negative count":             {matrix(two, Matrix{Name: "m", Counts: [][]int{{1, 2}, {3, -4}}}), "row 1, column 1: is -4"},
		"too many classes":           {matrix(numbered(51), square("m", 51)), "classes: 51, expected at most 50"},
		"too many columns":           {matrix(names(6), square("a", 6), square("b", 6), square("c", 6)), "make 18 columns"},
		"no points":                  {scatters(), "series: none, expected at least one"},
		"points without y":           {scatters(Points{"p", []float64{1}, nil}), `series "p": has 1 x and 0 y values`},
		"a series without points":    {scatters(Points{Name: "p"}), `series "p": has 0 x and 0 y values`},
		"a point that is NaN":        {scatters(Points{"p", []float64{1}, []float64{nan}}), `series "p", y[0]: is NaN`},
		"too many series of points":  {scatters(make([]Points, 7)...), "series: 7, expected at most 6"},
		"no ROC curve":               {rocs(), "curves: none, expected at least one"},
		"too many ROC curves":        {rocs(make([]ROCCurve, 7)...), "curves: 7, expected at most 6"},
		"ROC rates differ":           {rocs(ROCCurve{"c", []float64{0, 1}, []float64{0}}), `curve "c": has 2 false and 1 true positive rates`},
		"ROC rate above one":         {rocs(ROCCurve{"c", []float64{0, 2}, []float64{0, 1}}), `curve "c", false positive rates[1]: is 2`},
		"ROC rate falls":             {rocs(ROCCurve{"c", []float64{0, .5, 1}, []float64{0, .8, .7}}), "true positive rates[2]: is 0.7 after 0.8"},
		"ROC rate is NaN":            {rocs(ROCCurve{"c", []float64{0, 1}, []float64{0, nan}}), "is NaN after 0"},
		"ROC without its end":        {rocs(ROCCurve{"c", []float64{0, .5}, []float64{0, 1}}), "goes from (0, 0) to (0.5, 1)"},
		"no model":                   {calibration(), "models: none, expected at least one"},
		"bins differ":                {calibration(Calibration{Name: "m", Confidence: one, Count: []int{1}}), "has 1 confidences, 0 accuracies and 1 counts"},
		"half a bin's interval":      {calibration(Calibration{Name: "m", Confidence: one, Accuracy: one, Count: []int{3}, Low: one}), "has 1 low and 0 high ends for 1 bins"},
		"accuracy outside interval":  {calibration(Calibration{Name: "m", Confidence: one, Accuracy: []float64{0.5}, Count: []int{3}, Low: []float64{0.6}, High: one}), "has accuracy 0.5 and interval 0.6 to 1"},
		"all bins empty":             {calibration(Calibration{Name: "m", Confidence: one, Accuracy: one, Count: []int{0}}), "has no bin with a prediction"},
		"confidence above one":       {calibration(Calibration{Name: "m", Confidence: []float64{1.5}, Accuracy: one, Count: []int{3}}), "bin 0: confidence is 1.5"},
		"NaN accuracy":               {calibration(Calibration{Name: "m", Confidence: one, Accuracy: []float64{nan}, Count: []int{3}}), "bin 0: accuracy is NaN"},
		"negative bin":               {calibration(Calibration{Name: "m", Confidence: one, Accuracy: one, Count: []int{-3}}), "has -3 predictions"},
		"bins out of order":          {calibration(Calibration{Name: "m", Confidence: []float64{0.9, 0.6}, Accuracy: []float64{1, 1}, Count: []int{1, 1}}), "confidence 0.6 comes after 0.9"},
		"no value":                   {values(nil), "values: none, expected at least one"},
		"NaN value":                  {values([]float64{1, nan}), "values[1]: is NaN"},
		"infinite mark":              {values(one, Mark{At: inf, Name: "m"}), `mark 0 "m", position: is +Inf`},
		"too many marks":             {values(one, make([]Mark, 5)...), "marks: 5, expected at most 4"},
		"no grid":                    {grids(), "grids: none, expected at least one"},
		"too many grids":             {grids(make([]Grid, 5)...), "grids: 5, expected at most 4"},
		"nameless grid":              {grids(Grid{Values: one, Rows: 1, Columns: 1}), "grids 0: has no name"},
		"no rows":                    {grids(Grid{Name: "W", Rows: 0, Columns: 3}), `grid "W": is 0 x 3`},
		"negative sides":             {grids(Grid{Name: "W", Values: []float64{1, 1}, Rows: -1, Columns: -2}), `grid "W": is -1 x -2`},
		"values missing":             {grids(Grid{Name: "W", Values: one, Rows: 2, Columns: 3}), `grid "W": has 1 values for 2 x 3`},
		"sides that overflow":        {grids(Grid{Name: "W", Rows: overflows, Columns: overflows}), fmt.Sprintf(`grid "W": has 0 values for %d x %[1]d`, overflows)},
		"NaN weight":                 {grids(Grid{Name: "W", Values: []float64{1, 1, 1, nan}, Rows: 2, Columns: 2}), `grid "W", row 1, column 1: is NaN`},
		"infinite weight":            {grids(Grid{Name: "W", Values: []float64{-inf}, Rows: 1, Columns: 1}), `row 0, column 0: is -Inf`},
		"no text":                    {func() (Chart, error) { return Words(l) }, "texts: none, expected at least one"},
		"no word":                    {text(), `text "t": has no words`},
		"empty word":                 {text(Word{"a", 1}, Word{" \n", 1}), `text "t", word 1: is empty`},
		"NaN effect":                 {text(Word{"a", nan}), `text "t", word 0 "a": has effect NaN`},
		"enormous effect":            {text(Word{"a", 1e200}), `word 0 "a": has effect 1e+200`},
		"too many words":             {text(make([]Word, 401)...), "texts: have 401 words in all, expected at most 400"},
		"too many texts":             {func() (Chart, error) { return Words(l, make([]WordText, 5)...) }, "texts: 5, expected at most 4"},
		"both meanings alike": {func() (Chart, error) {
			return Words(Labels{Title: "T", X: "up", Y: " up"}, WordText{Name: "t", Words: []Word{{"a", 1}}})
		}, `labels X and Y: are both "up"`},
	} {
		chart, err := c.make()
		var fault *DataError
		if !errors.As(err, &fault) {
			t.Errorf("%s: got %v, want a DataError", name, err)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is\n  %v\nwant it to say\n  %s", name, err, c.want)
		}
		if chart.figure != nil {
			t.Errorf("%s: a chart came with the error", name)
		}
	}
}

// What is odd but not wrong must be drawn.
func TestOddDataAreDrawn(t *testing.T) {
	l := Labels{Title: "T", Takeaway: strings.Repeat("averylongword", 40), X: "x", Y: "y"}
	var same []float64
	for range 5000 {
		same = append(same, 3)
	}
	makers := map[string]func() (Chart, error){
		"one point": func() (Chart, error) { return Curves(l, Series{Name: "s", X: []float64{5}, Y: []float64{0}}) },
		"empty beside": func() (Chart, error) {
			return Curves(l, Series{Name: "s", X: []float64{0}, Y: []float64{7}}, Series{Name: "e", Panel: "p"})
		},
		"flat": func() (Chart, error) { return Curves(l, Series{Name: "s", X: same, Y: same}) },
		"huge": func() (Chart, error) {
			return Curves(l, Series{Name: "s", X: []float64{-1e99, 1e99}, Y: []float64{-1e99, 1e99}})
		},
		"tiny": func() (Chart, error) {
			return Curves(l, Series{Name: "s", X: []float64{0, 5e-324}, Y: []float64{0, 5e-324}})
		},
		"long name": func() (Chart, error) {
			return Curves(l, Series{Name: strings.Repeat("long name ", 60), X: []float64{1, 2}, Y: []float64{1, 2}})
		},
		"six equal ends": func() (Chart, error) { return Curves(l, ends(6)...) },
		"zero bars":      func() (Chart, error) { return Bars(l, []string{"g"}, BarSeries{Name: "s", Values: []float64{0}}) },
		"negative bars": func() (Chart, error) {
			return Bars(l, []string{"g", "h"}, BarSeries{Name: "s", Values: []float64{-3, 2}, Low: []float64{-4, 1}, High: []float64{-1, 3}})
		},
		"empty matrix": func() (Chart, error) {
			return Confusion(l, []string{"a", "b"}, Matrix{Name: "m", Counts: [][]int{{0, 0}, {0, 0}}})
		},
		"ten classes":   func() (Chart, error) { return Confusion(l, names(10), square("a", 10)) },
		"fifty classes": func() (Chart, error) { return Confusion(l, numbered(50), square("a", 50)) },
		"most bars":     func() (Chart, error) { return Bars(l, numbered(26), barSeries(6, 26)...) },
		"most groups":   func() (Chart, error) { return Bars(l, numbered(60), barSeries(2, 60)...) },
		"one ROC step":  func() (Chart, error) { return ROC(l, ROCCurve{"c", []float64{0, 0, 1}, []float64{0, 1, 1}}) },
		"negative lying bars": func() (Chart, error) {
			s := barSeries(2, 20)
			s[0].Values[3], s[1].Values[4] = -7, -2
			s[0].Low, s[0].High = s[0].Values, make([]float64, 20)
			return Bars(l, numbered(20), s...)
		},
		"sixteen columns": func() (Chart, error) { return Confusion(l, names(8), square("a", 8), square("b", 8)) },
		"full confidence": func() (Chart, error) {
			return Reliability(l, Calibration{Name: "m", Confidence: []float64{1}, Accuracy: []float64{1}, Count: []int{9}})
		},
		"one length":  func() (Chart, error) { return Histogram(l, same) },
		"two lengths": func() (Chart, error) { return Histogram(l, []int8{-1, 1}, Mark{At: 1e9, Name: "far"}) },
		"fractions":   func() (Chart, error) { return Histogram(l, []float32{0.1, 0.12, 0.5}) },
		"one weight":  func() (Chart, error) { return Matrices(l, Grid{Name: "W", Values: []float64{-2}, Rows: 1, Columns: 1}) },
		"a thread":    func() (Chart, error) { return Matrices(l, waves("W", 1, 5000), waves("V", 5000, 1)) },
		"huge and tiny weights": func() (Chart, error) {
			return Matrices(l, Grid{Name: "W", Values: []float64{1e100, -1e100}, Rows: 1, Columns: 2}, Grid{Name: "V", Values: []float64{5e-324, 0}, Rows: 1, Columns: 2})
		},
		"no effects":  func() (Chart, error) { return Words(l, WordText{Name: "t", Words: []Word{{"a", 0}, {"b", 0}}}) },
		"tiny effect": func() (Chart, error) { return Words(l, WordText{Name: "t", Words: []Word{{"a", 5e-324}, {"b", 0}}}) },
		"endless word": func() (Chart, error) {
			return Words(l, WordText{Name: strings.Repeat("n", 300), Words: []Word{{strings.Repeat("w", 300), -1}, {"b", 1e99}}})
		},
	}
	for name, make := range makers {
		c, err := make()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		svg, err := c.SVG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		texts(t, svg)
		for _, bad := range []string{"NaN", "Inf"} {
			if strings.Contains(string(svg), bad) {
				t.Errorf("%s: the SVG holds %s", name, bad)
			}
		}
		if _, err := c.Options(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ends(n int) []Series {
	var out []Series
	for _, name := range names(n) {
		out = append(out, Series{Name: name, X: []float64{0, 1}, Y: []float64{0, 1}})
	}
	return out
}

// numbered returns n different names.
func numbered(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint("class ", i+1))
	}
	return out
}

// barSeries returns series of one value a group.
func barSeries(series, groups int) []BarSeries {
	var out []BarSeries
	for _, name := range names(series) {
		out = append(out, BarSeries{Name: name, Values: make([]float64, groups)})
	}
	return out
}

func names(n int) []string {
	var out []string
	for i := range n {
		out = append(out, string(rune('a'+i)))
	}
	return out
}

func square(name string, n int) Matrix {
	m := Matrix{Name: name}
	for i := range n {
		row := make([]int, n)
		row[i] = 1000
		m.Counts = append(m.Counts, row)
	}
	return m
}

func TestHistogramCountsEveryValueOnce(t *testing.T) {
	for name, values := range map[string][]int{
		"lengths": {12, 13, 100, 256, 256, 257, 900, 2470},
		"narrow":  {5, 6, 6, 7},
		"one":     {512},
		"signed":  {-7, 0, 7},
	} {
		c, err := Histogram(Labels{Title: "T"}, values)
		if err != nil {
			t.Fatal(err)
		}
		h := c.figure.(*histogram.Figure)
		sum := 0
		for i, n := range h.Counts {
			sum += n
			want := 0
			for _, v := range values {
				if float64(v) >= h.Edge(i) && (float64(v) < h.Edge(i+1) || i == len(h.Counts)-1) {
					want++
				}
			}
			if n != want {
				t.Errorf("%s: bin %v..%v holds %d, want %d", name, h.Edge(i), h.Edge(i+1), n, want)
			}
		}
		if sum != len(values) {
			t.Errorf("%s: %d values counted, of %d", name, sum, len(values))
		}
		if h.Bins.Step != math.Trunc(h.Bins.Step) || h.Bins.Min != math.Trunc(h.Bins.Min) {
			t.Errorf("%s: bins of whole numbers begin at %v, %v wide", name, h.Bins.Min, h.Bins.Step)
		}

	}
}
