package chart

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// hard returns charts of data that are not those of the examples: few and many classes,
// long names, narrow and wide ranges, one point and many.
func hard(t testing.TB) map[string]Chart {
	t.Helper()
	out := samples(t)
	keep := func(name string) func(Chart, error) {
		return func(c Chart, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out[name] = c
		}
	}
	labels := func(x, y string) Labels {
		return Labels{Title: "A title long enough to need a second line on a narrow page", Takeaway: "One sentence that describes the data and is long enough for two lines or three.", X: x, Y: y}
	}
	line := func(n int, from, to float64) (x, y []float64) {
		for i := range n {
			x = append(x, float64(i+1))
			y = append(y, from+(to-from)*float64(i)/float64(max(1, n-1)))
		}
		return x, y
	}
	curves := func(n int, from, to float64) (Chart, error) {
		x, y := line(n, from, to)
		return Curves(labels("step", "loss, nats"), Series{Name: "training loss", X: x, Y: y}, Series{Name: "validation loss", X: x[n-1:], Y: y[n-1:]})
	}
	keep("one point")(curves(1, 0.5, 0.5))
	keep("narrow range")(curves(50, 0.500001, 0.500003))
	keep("very narrow range")(curves(50, 0.5, 0.5+3e-9))
	keep("narrow high range")(curves(50, 1234567.1, 1234567.4))
	keep("wide range")(curves(50, 1e-6, 4e7))
	keep("10,000 points")(curves(10_000, 0.7, 0.1))
	x, y := line(200, 0.7, 0.2)
	_, rate := line(200, 0.3, 0)
	_, accuracy := line(200, 50, 91.25)
	keep("training")(Curves(labels("step", ""), Series{Name: "training loss", Panel: "loss, nats", X: x, Y: y}, Series{Name: "validation loss", Panel: "loss, nats", X: x[9:], Y: y[9:]},
		Series{Name: "validation accuracy", Panel: "accuracy, %", X: x, Y: accuracy}, Series{Name: "learning rate", Panel: "learning rate, thousandths", X: x, Y: rate}))
	var six []Series
	for i := range 6 {
		six = append(six, Series{Name: fmt.Sprintf("a series with a long name, number %d", i+1), X: x, Y: y})
	}
	keep("six equal lines")(Curves(labels("step", "loss"), six...))

	for _, classes := range []struct {
		name  string
		names []string
	}{{"2", []string{"neg", "pos"}}, {"8", numbered(8)}, {"50", numbered(50)},
		{"8 long", longNames(8)}, {"50 long", longNames(50)}} {
		names := classes.names
		groups := append([]string{"all examples"}, names...)
		if len(groups) > 50 {
			groups = groups[:50]
		}
		keep("bars, " + classes.name)(Bars(labels("", "accuracy, %"), groups, shares("before", len(groups), 30), shares("after", len(groups), 55)))
		if len(names) <= 8 {
			keep("matrices of " + classes.name)(Confusion(labels("", ""), names, mistaken("before", len(names)), mistaken("after", len(names))))
		}
		keep("matrix of " + classes.name)(Confusion(labels("", ""), names, mistaken("after", len(names))))
	}
	keep("three groups")(Bars(labels("", "accuracy, %"), []string{"all examples", "neg", "pos"}, shares("before", 3, 30), shares("after", 3, 55)))
	keep("one bar")(Bars(labels("", "kB"), []string{"adapter"}, BarSeries{Name: "float32", Values: []float64{98}}))
	keep("bars of five variants")(Bars(labels("", "%"), []string{"LoRA", "LoRA+", "rsLoRA", "full fine-tuning", "head only"}, shares("accuracy", 5, 60)))
	keep("bars below zero")(Bars(labels("", "points"), []string{"a", "b"}, BarSeries{Name: "change", Values: []float64{-3.5, 12}, Low: []float64{-5, 10}, High: []float64{-1, 14}}))

	for _, n := range []struct {
		name   string
		curves []ROCCurve
	}{{"one", rocs("after")}, {"two", rocs("before", "after")}, {"six", rocs("mean of the classes, before", "mean of the classes, after", "\"a class\", after", "d", "e", longNames(1)[0])}} {
		keep("roc, " + n.name)(ROC(labels("", ""), n.curves...))
	}
	cloud := func(name string, n int, low, high, noise float64) Points {
		p, rng := Points{Name: name}, rand.New(rand.NewPCG(3, uint64(n)))
		for range n {
			x := low + (high-low)*rng.Float64()
			p.X, p.Y = append(p.X, x), append(p.Y, x+noise*rng.NormFloat64())
		}
		return p
	}
	keep("scatter, two")(Scatter(labels("value", "answer"), "answer = value", cloud("before", 1000, -2, 5, 2), cloud("after", 1000, -2, 5, 0.3)))
	keep("scatter of one point")(Scatter(labels("value", "answer"), "answer = value", Points{"after", []float64{3}, []float64{3}}))
	keep("scatter without a diagonal")(Scatter(labels("answer", "answer - value"), "", cloud(longNames(1)[0], 30, 1e6, 2e6, 1e3)))
	keep("scatter of small numbers")(Scatter(labels("value", "answer"), "answer = value", cloud("a", 60, 0, 1e-6, 1e-8), cloud("b", 3, 0, 1e-6, 1e-8), cloud("c", 3, 0, 1e-6, 1e-8)))
	calibrations := func(names ...string) []Calibration {
		var out []Calibration
		for i, name := range names {
			c := Calibration{Name: name}
			for b := range 10 {
				at := 0.5 + 0.05*float64(b) + 0.02
				low, high := at-0.05-0.02*float64(b%3)-0.03*float64(i), at+0.08-0.03*float64(i)
				c.Confidence, c.Accuracy = append(c.Confidence, at), append(c.Accuracy, at-0.03*float64(i))
				c.Low, c.High = append(c.Low, low), append(c.High, min(1, high))
				c.Count = append(c.Count, []int{500, 5, 40, 1, 120, 80, 60, 250, 300, 10_000}[b])
			}
			out = append(out, c)
		}
		return out
	}
	keep("calibration")(Reliability(labels("", ""), calibrations("before", "after")...))
	keep("calibration of one bin")(Reliability(labels("", ""), Calibration{Name: "after", Confidence: []float64{1}, Accuracy: []float64{1}, Count: []int{1}}))
	keep("calibration of six")(Reliability(labels("", ""), calibrations(append(longNames(2), "c", "d", "e", "f")...)...))
	keep("one length")(Histogram(labels("tokens", "examples"), []int{7}, Mark{At: 7, Name: "maximum"}))
	var many []float64
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		many = append(many, math.Exp(rng.NormFloat64()))
	}
	keep("10,000 values")(Histogram(labels("probability of the predicted class, %", "examples"), many, Mark{At: 1, Name: "median"}, Mark{At: 3, Name: "a mark with a rather long name that has little room"}))
	keep("matrices of LoRA")(Matrices(labels("", ""), waves("W", 768, 768), waves("A", 8, 768), waves("B", 768, 8), waves("added to W", 768, 768)))
	long := WordText{Name: "a review of 200 words; predicted positive, 0.93"}
	for i := range 200 {
		long.Words = append(long.Words, Word{strings.Repeat("ab", 1+i%6), math.Sin(float64(i))})
	}
	for _, c := range []struct {
		trials, parameters int
		finished           bool
	}{{1, 1, true}, {9, 1, true}, {13, 2, false}, {64, 5, false}, {64, 3, true}, {300, 2, false}, {300, 5, true}} {
		name, s := fmt.Sprintf("%d trials, %d parameters", c.trials, c.parameters), searchOf(c.trials, c.parameters, c.finished)
		y := ""
		if c.parameters > 1 {
			y = s.Parameters[1].Name
		}
		keep("parallel, " + name)(Parallel(labels("", ""), s))
		keep("heat map, " + name)(HeatMap(labels("", ""), s, s.Parameters[0].Name, y))
		keep("curves, " + name)(TrialCurves(labels("epoch", ""), s))
		if c.parameters > 2 {
			keep("heat map of categories, " + name)(HeatMap(labels("", ""), s, s.Parameters[2].Name, s.Parameters[0].Name))
		}
	}
	keep("words of a review")(Words(labels("towards positive", "towards negative"), long))
	return out
}

func longNames(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("Questions about an order that did not arrive in time, kind %d", i+1))
	}
	return out
}

func shares(name string, n int, from float64) BarSeries {
	s := BarSeries{Name: name}
	for i := range n {
		v := from + float64((i*37)%40)
		s.Values, s.Low, s.High = append(s.Values, v), append(s.Low, v-4.5), append(s.High, v+3.2)
	}
	return s
}

func mistaken(name string, n int) Matrix {
	m := square(name, n)
	for i := range n {
		for j := range n {
			m.Counts[i][j] += (i*7 + j*13) % 97
		}
	}
	return m
}

func rocs(names ...string) []ROCCurve {
	var out []ROCCurve
	for i, name := range names {
		c := ROCCurve{Name: name}
		for p := range 10_000 {
			x := float64(p) / 9999
			c.FalsePositives, c.TruePositives = append(c.FalsePositives, x), append(c.TruePositives, math.Pow(x, 1/(1+0.8*float64(i))))
		}
		out = append(out, c)
	}
	return out
}

// smallest is the smallest text of a picture, in pixels.
const smallest = 11

// In every layout each text is within the picture, large enough, and over no other.
func TestTextsHaveRoom(t *testing.T) {
	for name, c := range hard(t) {
		for _, width := range []int{canvas.Least, canvas.Narrow, 420, 480, canvas.Medium, 650, canvas.Wide} {
			t.Run(fmt.Sprintf("%s/%d", name, width), func(t *testing.T) {
				c := c.Fit(width)
				height := float64(c.figure.Height(width))
				type placed struct {
					text                     string
					left, top, right, bottom float64
				}
				var all []placed
				for _, w := range c.figure.Captions(width) {
					if w.Size < smallest {
						t.Errorf("text of %v pixels: %v", w.Size, w.Lines)
					}
					for _, l := range w.Lines {
						if l.Text == "" {
							continue
						}
						left, top, right, bottom := w.Bounds(l)
						if left < 0 || top < -2 || right > float64(width)+1 || bottom > height+1 {
							t.Errorf("%q covers %.0f to %.0f, %.0f to %.0f of %d x %.0f", l.Text, left, right, top, bottom, width, height)
						}
						all = append(all, placed{l.Text, left, top, right, bottom})
					}
				}
				bad := 0
				for i, a := range all {
					for _, b := range all[:i] {
						if bad < 5 && min(a.right, b.right)-max(a.left, b.left) > 1 && min(a.bottom, b.bottom)-max(a.top, b.top) > 1 {
							bad++
							t.Errorf("%q and %q overlap: %.0f, %.0f and %.0f, %.0f", a.text, b.text, a.left, a.top, b.left, b.top)
						}
					}
				}
			})
		}
	}
}
