package chart

import (
	"math"
	"testing"
)

// nasty is text that breaks what does not escape it.
const nasty = `</script><script>alert("x")</script> & 'a' {b} <b>`

// samples returns one chart of every kind, with texts that need escaping.
func samples(t testing.TB) map[string]Chart {
	t.Helper()
	labels := func(x, y string) Labels {
		return Labels{Title: "Title " + nasty, Takeaway: "Takeaway " + nasty + " and a sentence that is long enough to be wrapped into a second line of text.", X: x, Y: y}
	}
	var step, loss []float64
	for i := range 300 {
		step = append(step, float64(i+1))
		loss = append(loss, 0.2+0.5*math.Exp(-float64(i)/60)+0.03*math.Sin(float64(i)*1.7))
	}
	out := make(map[string]Chart)
	keep := func(name string, c Chart, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = c
	}
	c, err := Curves(labels("step "+nasty, "loss"),
		Series{Name: "training " + nasty, X: step, Y: loss},
		Series{Name: "validation", X: []float64{100, 200, 300}, Y: []float64{0.4, 0.3, 0.25}},
		Series{Name: "accuracy", Panel: "per cent", X: []float64{100, 300}, Y: []float64{71, 86.6}})
	keep("curves", c, err)
	c, err = Bars(labels("", "per cent"), []string{"accuracy " + nasty, "F1"},
		BarSeries{Name: "before", Values: []float64{48.4, 35.2}, Low: []float64{45.3, 31.6}, High: []float64{51.5, 38.9}},
		BarSeries{Name: "after " + nasty, Values: []float64{86.6, 89}, Low: []float64{84.5, 87}, High: []float64{88.7, 90.9}})
	keep("bars", c, err)
	c, err = Confusion(labels("", ""), []string{"negative", "positive " + nasty},
		Matrix{Name: "before " + nasty, Counts: [][]int{{32, 468}, {48, 452}}},
		Matrix{Name: "after", Counts: [][]int{{430, 70}, {64, 1436}}})
	keep("confusion", c, err)
	c, err = Reliability(labels("", ""),
		Calibration{Name: "before", Confidence: []float64{0.52, 0.58, math.NaN()}, Accuracy: []float64{0.48, 0.5, math.NaN()}, Count: []int{700, 300, 0}},
		Calibration{Name: "after " + nasty, Confidence: []float64{0.55, 0.75, 0.96}, Accuracy: []float64{0.51, 0.7, 0.91}, Count: []int{100, 240, 660}})
	keep("reliability", c, err)
	var lengths []int
	for i := range 1000 {
		lengths = append(lengths, 20+(i*i)%700)
	}
	c, err = Histogram(labels("tokens", "reviews"), lengths, Mark{At: 256, Name: "cut " + nasty}, Mark{At: 700, Name: "a long name at the right rim"})
	keep("histogram", c, err)
	c, err = Matrices(labels("", ""), waves("W "+nasty, 192, 192), waves("A", 8, 192), Grid{Name: "B", Values: make([]float64, 192*8), Rows: 192, Columns: 8})
	keep("matrices", c, err)
	c, err = Bars(labels("", "per cent"), append([]string{"all " + nasty, "a name of which the last letters are red", "a name of which the last letters are green"}, numbered(8)...),
		BarSeries{Name: "before", Values: lying(0), Low: lying(-3), High: lying(4)},
		BarSeries{Name: "after " + nasty, Values: lying(20), Low: lying(17), High: lying(22.5)})
	keep("lying bars", c, err)
	c, err = Confusion(labels("", ""), append([]string{"negative", "positive " + nasty}, numbered(18)...), square("after "+nasty, 20))
	keep("large confusion", c, err)
	c, err = ROC(labels("", "share of "+nasty+" found"),
		ROCCurve{Name: "before " + nasty, FalsePositives: []float64{0, 0.5, 1}, TruePositives: []float64{0, 0.55, 1}},
		ROCCurve{Name: "after", FalsePositives: []float64{0, 0, 0.2, 1}, TruePositives: []float64{0, 0.6, 0.9, 1}})
	keep("roc", c, err)
	c, err = Scatter(labels("value", "answer "+nasty), "equal "+nasty,
		Points{Name: "before " + nasty, X: []float64{1, 2, 3.5}, Y: []float64{0.25, 0.5, 0.125}},
		Points{Name: "after", X: []float64{1, 2, 3.5}, Y: []float64{1.5, 1.75, 4}})
	keep("scatter", c, err)
	c, err = Words(labels("towards "+nasty, "towards negative"),
		WordText{Name: "review " + nasty, Words: []Word{{"A", 0.001}, {"-", 0.1}, {"lovely", 0.42}, {nasty, -0.3}, {"and", 0}, {"dull", -0.21}, {"film", -0.01}}},
		WordText{Name: "another", Words: []Word{{"It", 0}, {"costs", 0.05}, {"$&", -0.06}}})
	keep("words", c, err)
	search := nastySearch()
	c, err = Parallel(labels("", ""), search)
	keep("parallel", c, err)
	c, err = HeatMap(labels("", ""), search, "rate "+nasty, "modules")
	keep("heat map", c, err)
	c, err = TrialCurves(labels("epoch "+nasty, ""), search)
	keep("trial curves", c, err)
	return out
}

// nastySearch has a trial of each state.
func nastySearch() Search {
	s := Search{Objective: "loss " + nasty, Parameters: []Parameter{{Name: "rate " + nasty, Log: true}, {Name: "modules", Categories: []string{"query " + nasty, "value"}}}}
	for i, state := range []TrialState{TrialDone, TrialDone, TrialDone, TrialPaused, TrialRunning, TrialWaiting, TrialParked, TrialDiverged} {
		t := Trial{Name: "trial " + string(rune('0'+i)) + " " + nasty, State: state, Values: []float64{1e-4 * float64(1+i%3), float64(i % 2)}, Default: i == 0, Note: "accuracy 80 % " + nasty}
		if i < 4 {
			loss := 0.5 - 0.0625*float64(i)
			t.Value, t.X, t.Y = &loss, []float64{1, 2}, []float64{0.625, loss}
		}
		s.Trials = append(s.Trials, t)
	}
	return s
}

// lying returns the values of 11 bars.
func lying(above float64) []float64 {
	var out []float64
	for i := range 11 {
		out = append(out, 30+2*float64(i)+above)
	}
	return out
}

// waves returns a matrix that is weak in some places and strong in others, of
// both signs.
func waves(name string, rows, columns int) Grid {
	g := Grid{Name: name, Rows: rows, Columns: columns}
	for i := range rows {
		for j := range columns {
			g.Values = append(g.Values, 0.1*math.Sin(float64(i)/7)*math.Cos(float64(j)/5)*math.Sin(float64(i*columns+j)))
		}
	}
	return g
}
