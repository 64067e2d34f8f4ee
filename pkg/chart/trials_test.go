package chart

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/parallel"
)

// sixStates is a search with a trial of each state, the default and a better trial.
func sixStates() Search {
	value := func(v float64) *float64 { return &v }
	return Search{
		Objective:  "validation loss",
		Parameters: []Parameter{{Name: "rate", Log: true}, {Name: "modules", Categories: []string{"query, value", "all-linear"}}},
		Trials: []Trial{
			{Name: "trial 0", State: TrialDone, Values: []float64{1e-4, 0}, Value: value(0.6), Default: true, X: []float64{1, 2}, Y: []float64{0.65, 0.6}},
			{Name: "trial 1", State: TrialDone, Values: []float64{1e-3, 0}, Value: value(0.4), Note: "accuracy 84.0 % (77.9 to 88.7)", X: []float64{1, 2}, Y: []float64{0.5, 0.4}},
			{Name: "trial 2", State: TrialPaused, Values: []float64{1e-2, 0}, Value: value(0.5), X: []float64{1}, Y: []float64{0.5}},
			{Name: "trial 3", State: TrialRunning, Values: []float64{1e-4, 1}},
			{Name: "trial 4", State: TrialParked, Values: []float64{1e-3, 1}},
			{Name: "trial 5", State: TrialDiverged, Values: []float64{1e-2, 1}},
			{Name: "trial 6", State: TrialWaiting, Values: []float64{1e-2, 1}},
			{Name: "trial 7", State: TrialDone, Values: []float64{1e-2, 0}, Value: value(0.8), X: []float64{1, 2}, Y: []float64{0.9, 0.8}},
		},
	}
}

// drawn is a series of an interactive chart.
type drawn struct {
	Name      string
	Data      []map[string]any
	LineStyle struct {
		Color string
		Type  any
		Width float64
	}
}

// drawnSeries are the series of a chart that are no decoration.
func drawnSeries(t *testing.T, c Chart) (series []drawn) {
	t.Helper()
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	var o struct{ Series []json.RawMessage }
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	for _, raw := range o.Series {
		var silent struct{ Silent bool }
		if err := json.Unmarshal(raw, &silent); err != nil {
			t.Fatal(err)
		}
		if silent.Silent {
			continue
		}
		var d drawn
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatal(err)
		}
		series = append(series, d)
	}
	return series
}

// Each trial is a line through its places on the axes: the rate in the logarithm, the category in
// the middle of its part, the loss on its scale, and without a value beside it.
func TestParallelPlaces(t *testing.T) {
	c, err := Parallel(Labels{Title: "T"}, sixStates())
	if err != nil {
		t.Fatal(err)
	}
	// The axis of the loss goes from 0.4 to 0.8 over 0.84 of its length.
	want := map[string]string{
		"trial 0": "0 0.25 0.42", "trial 1": "0.5 0.25 0", "trial 2": "1 0.25 0.21", "trial 3": "0 0.75 0.95",
		"trial 4": "0.5 0.75 0.95", "trial 5": "1 0.75 0.95", "trial 6": "1 0.75 0.95", "trial 7": "1 0.25 0.84",
	}
	looks := map[string]string{}
	series := drawnSeries(t, c)
	for _, s := range series {
		name, _, _ := strings.Cut(strings.ReplaceAll(s.Name, ", the default", ""), " (")
		var places []string
		for i, d := range s.Data {
			at := d["value"].([]any)
			if at[1] != float64(i) {
				t.Errorf("%s: point %d is on axis %v", name, i, at[1])
			}
			places = append(places, fmt.Sprint(at[0]))
		}
		if got := strings.Join(places, " "); got != want[name] {
			t.Errorf("%s is at %s, want %s", name, got, want[name])
		}
		look := fmt.Sprint(s.LineStyle.Color, s.LineStyle.Type)
		if other, taken := looks[look]; taken {
			t.Errorf("%s and %s have the same line", name, other)
		}
		looks[look] = name
	}
	if len(series) != len(want) {
		t.Fatalf("%d lines, want %d", len(series), len(want))
	}
	if front := series[len(series)-1]; !strings.HasPrefix(front.Name, "trial 1 (done)") || front.LineStyle.Color != canvas.CSS(canvas.Palette[1]) {
		t.Errorf("the line in front is %q in %s, want the best trial in vermillion", front.Name, front.LineStyle.Color)
	}
	if tip := "trial 1 (done)\nrate: 0.001\nmodules: query, value\nvalidation loss: 0.4\naccuracy 84.0 % (77.9 to 88.7)"; !slices.ContainsFunc(series, func(s drawn) bool { return s.Name == tip }) {
		t.Errorf("no line has the tooltip %q", tip)
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	all := texts(t, svg)
	for _, word := range []string{"rate", "modules", "validation loss, lower is better", "0.0001", "0.001", "0.01", "all-linear", "no value", "best, trial 1: 0.4", "the default: 0.6", "done: 1", "running: 1", "paused: 1", "parked: 1", "diverged: 1", "waiting: 1"} {
		if !slices.Contains(all, word) {
			t.Errorf("the picture does not write %q; it writes %q", word, all)
		}
	}
}

// A cell has the best of its finished trials. Other cells are grey and name the state.
func TestHeatMapCells(t *testing.T) {
	c, err := HeatMap(Labels{Title: "T"}, sixStates(), "rate", "modules")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // column and row: share of the shade
		"0 0": "0.5", "1 0": "1", "2 0": "0", "0 1": "grey", "1 1": "grey", "2 1": "grey",
	}
	series := drawnSeries(t, c)
	if len(series) != 1 || len(series[0].Data) != len(want) {
		t.Fatalf("%d series, want one with %d cells: %v", len(series), len(want), series)
	}
	for _, d := range series[0].Data {
		at := d["value"].([]any)
		cell, got := fmt.Sprint(at[0], " ", at[1]), fmt.Sprint(at[2])
		if style, ok := d["itemStyle"].(map[string]any); ok {
			got = "grey"
			if style["color"] != canvas.CSS(canvas.Faint) || d["visualMap"] != false {
				t.Errorf("cell %s has %v", cell, d)
			}
		}
		if got != want[cell] {
			t.Errorf("cell %s has the shade %s, want %s", cell, got, want[cell])
		}
		if cell == "2 0" && !strings.HasPrefix(d["name"].(string), "best of 2 trials:\ntrial 7 (done)") {
			t.Errorf("cell %s has the tooltip %q, expected that of the finished trial", cell, d["name"])
		}
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	all := texts(t, svg)
	for _, word := range []string{"0.4000", "0.6000", "0.8000", "best of 2", "running", "parked", "diverged", "0.0001", "query, value", "all-linear", "best, trial 1: 0.4", "the default: 0.6"} {
		if !slices.Contains(all, word) {
			t.Errorf("the picture does not write %q; it writes %q", word, all)
		}
	}
}

// Many values are in 8 ranges of equal width in the logarithm, and each trial is in one.
func TestHeatMapRanges(t *testing.T) {
	s := searchOf(300, 1, true)
	c, err := HeatMap(Labels{Title: "T"}, s, s.Parameters[0].Name, "")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	low, high := math.Inf(1), 0.0
	for _, trial := range s.Trials {
		low, high = min(low, trial.Values[0]), max(high, trial.Values[0])
	}
	for _, d := range drawnSeries(t, c)[0].Data {
		n := 1
		if _, err := fmt.Sscanf(d["name"].(string), "best of %d trials", &n); err != nil {
			t.Errorf("%q", d["name"])
		}
		total += n
		_, rest, _ := strings.Cut(d["name"].(string), "training.learning_rate: ")
		var rate float64
		if _, err := fmt.Sscan(rest, &rate); err != nil {
			t.Fatal(err)
		}
		column := d["value"].([]any)[0].(float64)
		if want := min(7, math.Floor(8*math.Log(rate/low)/math.Log(high/low))); column != want {
			t.Errorf("the rate %v is in column %v, want %v", rate, column, want)
		}
	}
	if total != 300 {
		t.Errorf("%d trials are in the cells, want 300", total)
	}
}

// A curve has all points of its trial; trials without a point have none.
func TestTrialCurvesPoints(t *testing.T) {
	c, err := TrialCurves(Labels{Title: "T", X: "epoch"}, sixStates())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range drawnSeries(t, c) {
		text := ""
		for _, d := range s.Data {
			text += fmt.Sprint(d["value"])
		}
		got[s.Name[:len("trial 0")]] = text
	}
	want := map[string]string{"trial 0": "[1 0.65][2 0.6]", "trial 1": "[1 0.5][2 0.4]", "trial 2": "[1 0.5]", "trial 7": "[1 0.9][2 0.8]"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the curves are %v, want %v", got, want)
	}
}

// A search for a higher value has its best trial there.
func TestHigherIsBetter(t *testing.T) {
	s := sixStates()
	s.Higher = true
	c, err := Parallel(Labels{Title: "T"}, s)
	if err != nil {
		t.Fatal(err)
	}
	if series := drawnSeries(t, c); !strings.HasPrefix(series[len(series)-1].Name, "trial 7") {
		t.Errorf("the best trial is %q", series[len(series)-1].Name)
	}
	if text := c.Text(); !strings.Contains(text, "T\n  trial 7 (done); rate: 0.01; modules: query, value; validation loss: 0.8\n  trial 0, the default (done)") {
		t.Errorf("the words are\n%s", text)
	}
}

func TestTrialFaults(t *testing.T) {
	for want, change := range map[string]func(s *Search){
		"parameters: none, expected at least one":                                    func(s *Search) { s.Parameters = nil },
		"trials: none, expected at least one":                                        func(s *Search) { s.Trials = nil },
		"objective: is empty":                                                        func(s *Search) { s.Objective = " " },
		`trial "trial 1", state: is "pruned", expected one of`:                       func(s *Search) { s.Trials[1].State = "pruned" },
		`trial "trial 1", values: are 1 for 2 parameters`:                            func(s *Search) { s.Trials[1].Values = s.Trials[1].Values[:1] },
		`trial "trial 1", values[0]: is NaN`:                                         func(s *Search) { s.Trials[1].Values[0] = math.NaN() },
		`trial "trial 1", values[0]: is -1, expected more than 0`:                    func(s *Search) { s.Trials[1].Values[0] = -1 },
		`trial "trial 1", values[1]: is 2, expected the index of one of the 2`:       func(s *Search) { s.Trials[1].Values[1] = 2 },
		`trial "trial 1", value: is missing`:                                         func(s *Search) { s.Trials[1].Value = nil },
		`trial "trial 1": has 1 x and 2 y`:                                           func(s *Search) { s.Trials[1].X = s.Trials[1].X[:1] },
		`trial "trial 1": x[1] is 0 after 1`:                                         func(s *Search) { s.Trials[1].X[1] = 0 },
		`trials 1: has the name "trial 0" of number 0`:                               func(s *Search) { s.Trials[1].Name = "trial 0" },
		`parameter "modules": has categories and a logarithmic axis`:                 func(s *Search) { s.Parameters[1].Log = true },
		`parameter "modules", categories 1: has the name "query, value" of number 0`: func(s *Search) { s.Parameters[1].Categories[1] = "query, value" },
	} {
		s := sixStates()
		change(&s)
		for kind, draw := range map[string]func() (Chart, error){
			"parallel": func() (Chart, error) { return Parallel(Labels{Title: "T"}, s) },
			"heat map": func() (Chart, error) { return HeatMap(Labels{Title: "T"}, s, "rate", "modules") },
			"curves":   func() (Chart, error) { return TrialCurves(Labels{Title: "T"}, s) },
		} {
			_, err := draw()
			var fault *DataError
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v, want %q", kind, err, want)
			}
		}
	}
	s := sixStates()
	for want, sides := range map[string][2]string{`parameter "r": is none of the search, which has ["rate" "modules"]`: {"rate", "r"}, `parameter "": is none`: {"", "rate"}, "is that of the rows and of the columns": {"rate", "rate"}} {
		if _, err := HeatMap(Labels{Title: "T"}, s, sides[0], sides[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", sides, err, want)
		}
	}
	s.Trials = s.Trials[3:4]
	if _, err := TrialCurves(Labels{Title: "T"}, s); err == nil || !strings.Contains(err.Error(), "trials: have no point") {
		t.Errorf("curves without a point: %v", err)
	}
}

// Each colour of the options has a counterpart on a dark page: a tint without one would stay pale
// there, and stand out more than the best trials.
func TestDarkTheme(t *testing.T) {
	text, err := themes()
	if err != nil {
		t.Fatal(err)
	}
	var theme struct {
		Colours map[string]string `json:"colours"`
	}
	if err := json.Unmarshal(text, &theme); err != nil {
		t.Fatal(err)
	}
	charts := samples(t)
	for _, n := range []int{12, 60, 300} {
		if charts[fmt.Sprintf("%d trials", n)], err = Parallel(Labels{Title: "T"}, searchOf(n, 5, false)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range charts {
		options, err := c.Options()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(#[0-9A-F]{6})"`).FindAllStringSubmatch(string(options), -1) {
			if theme.Colours[m[1]] == "" {
				t.Errorf("%s: the colour %s has no counterpart on a dark page", name, m[1])
			}
		}
	}
}

// The name of the objective is below its axis: above, it would hide where lines end.
func TestObjectiveBelowLines(t *testing.T) {
	s := searchOf(40, 3, true)
	for _, width := range widths {
		checked, err := s.check("parallel", &Labels{Title: "T"})
		if err != nil {
			t.Fatal(err)
		}
		figure := &parallel.Figure{Search: checked}
		lowest := 0.0
		var name canvas.Caption
		for _, words := range figure.Captions(width) {
			for _, line := range words.Lines {
				if strings.HasPrefix(line.Text, s.Objective) {
					name = line
				} else {
					lowest = max(lowest, line.Y)
				}
			}
		}
		if name.Y < lowest+canvas.SmallPt || name.Y > float64(figure.Height(width))-canvas.TextPt/2 {
			t.Errorf("%d pixels wide: the name %q is at %v of %d, the numbers of its axis at %v", width, name.Text, name.Y, figure.Height(width), lowest)
		}
	}
}

// Cells have four digits, or three where there is no room for more.
func TestHeatMapDigits(t *testing.T) {
	s := searchOf(20, 1, true)
	s.Parameters[0].Log = false
	for columns, want := range map[int]string{4: "0.1235", 9: "0.123"} {
		for i := range s.Trials {
			v := 0.12345
			s.Trials[i].Values, s.Trials[i].Value = []float64{float64(i % columns)}, &v
		}
		c, err := HeatMap(Labels{Title: "T"}, s, s.Parameters[0].Name, "")
		if err != nil {
			t.Fatal(err)
		}
		svg, err := c.Fit(canvas.Narrow).SVG()
		if err != nil {
			t.Fatal(err)
		}
		if all := texts(t, svg); !slices.Contains(all, want) {
			t.Errorf("%d columns: the picture does not write %q; it writes %q", columns, want, all)
		}
	}
}
