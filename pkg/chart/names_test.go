package chart

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Names that differ look different, and none is wider than its room.
func TestShortenAllKeepsNamesApart(t *testing.T) {
	style := canvas.TextStyle(canvas.TextPt, false, canvas.Ink)
	long := "a complaint about the delivery of an order, part "
	for _, names := range [][]string{
		{"negative", "positive"},
		{long + "one", long + "two", long + "three"},
		{long + "1", long + "2", long + "11", "x" + long + "1"},
		{"Refund requested by a customer_2023", "Refund requested by a customer_2024"},
		{strings.Repeat("w", 80) + "1" + strings.Repeat("w", 80), strings.Repeat("w", 80) + "2" + strings.Repeat("w", 80)},
		{strings.Repeat("w", 80), strings.Repeat("w", 81), strings.Repeat("w", 82)},
		{long + "early, second", long + "late, second", long + "early, third", long + "late, third"},
	} {
		for _, limit := range []vg.Length{40, 60, 90, 130, 300} {
			got := canvas.ShortenAll(names, style, limit)
			for i, s := range got {
				if style.Width(s) > limit {
					t.Errorf("%q at %v: %q is too wide", names[i], limit, s)
				}
				if j := slices.Index(got, s); j != i {
					t.Errorf("%q and %q at %v: both are written %q", names[j], names[i], limit, s)
				}
				if style.Width(names[i]) <= limit && s != names[i] {
					t.Errorf("%q fits into %v and is written %q", names[i], limit, s)
				}
			}
		}
	}
	if got := canvas.ShortenAll([]string{"very long name of a class", "x", "topic"}, style, 60); !strings.HasPrefix(got[0], "very") {
		t.Errorf("a name that begins unlike all others is written %q", got[0])
	}
	got := canvas.ShortenAll([]string{long + "one", long + "two"}, style, 130)
	if !strings.HasSuffix(got[0], "one") || !strings.HasSuffix(got[1], "two") || !strings.HasPrefix(got[0], "a com") {
		t.Errorf("the beginning or the difference is lost: %q", got)
	}
}

func TestShortenAllOfRandomNames(t *testing.T) {
	testenv.NeedsTime(t, "it draws thousands of random names")
	style := canvas.TextStyle(canvas.TextPt, false, canvas.Ink)
	rng := rand.New(rand.NewPCG(18, 21))
	for range 500 {
		seen := make(map[string]bool)
		var all []string
		for range 2 + rng.IntN(48) {
			name := strings.Repeat("section ", rng.IntN(6)) + fmt.Sprint(rng.IntN(200)) + strings.Repeat(" of the report", rng.IntN(4))
			if !seen[name] {
				seen[name], all = true, append(all, name)
			}
		}
		limit := vg.Length(50 + rng.IntN(200))
		got := canvas.ShortenAll(all, style, limit)
		for i, s := range got {
			if style.Width(s) > limit || slices.Index(got, s) != i {
				t.Fatalf("%q is written %q in %v pixels, as %q is", all[i], s, limit, all[slices.Index(got, s)])
			}
		}
	}
}

// The chart kinds that write names write different ones in both pictures.
func TestLongNamesStayApartInEveryChart(t *testing.T) {
	long := "letters to the service department about the delivery of goods to the customer in the northern region, "
	a, b := long+"first", long+"second"
	l := Labels{Title: "T"}
	x, y := []float64{0, 1}, []float64{0, 1}
	for name, make := range map[string]func() (Chart, error){
		"bars, groups": func() (Chart, error) { return Bars(l, []string{a, b}, BarSeries{Name: "s", Values: y}) },
		"bars, many":   func() (Chart, error) { return Bars(l, append(names(20), a, b), BarSeries{Name: "s", Values: seq(22)}) },
		"bars, series": func() (Chart, error) {
			return Bars(l, []string{"g"}, BarSeries{Name: a, Values: x[1:]}, BarSeries{Name: b, Values: x[1:]})
		},
		"confusion":        func() (Chart, error) { return Confusion(l, []string{a, b}, square("m", 2), square("n", 2)) },
		"confusion, many":  func() (Chart, error) { return Confusion(l, append(names(18), a, b), square("m", 20)) },
		"confusion, names": func() (Chart, error) { return Confusion(l, []string{"c", "d"}, square(a, 2), square(b, 2)) },
		"curves":           func() (Chart, error) { return Curves(l, Series{Name: a, X: x, Y: y}, Series{Name: b, X: x, Y: x[:2]}) },
		"roc": func() (Chart, error) {
			return ROC(l, ROCCurve{Name: a, FalsePositives: x, TruePositives: y}, ROCCurve{Name: b, FalsePositives: x, TruePositives: y})
		},
		"reliability": func() (Chart, error) {
			return Reliability(l, Calibration{Name: a, Confidence: y[1:], Accuracy: y[1:], Count: []int{1}}, Calibration{Name: b, Confidence: y[1:], Accuracy: y[1:], Count: []int{1}})
		},
		"matrices": func() (Chart, error) { return Matrices(l, waves(a, 64, 64), waves(b, 64, 64)) },
		"words": func() (Chart, error) {
			return Words(Labels{Title: "T", X: a, Y: b}, WordText{long + a, []Word{{"w", 1}}}, WordText{long + b, []Word{{"w", -1}}})
		},
	} {
		c, err := make()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		svg, err := c.SVG()
		if err != nil {
			t.Fatal(err)
		}
		options, err := c.Options()
		if err != nil {
			t.Fatal(err)
		}
		for picture, text := range map[string]string{"static": strings.Join(texts(t, svg), "\n"), "interactive": string(options)} {
			// A name's end is written after an ellipsis; the full names of tooltips have none.
			for _, end := range []string{"first", "second"} {
				if !regexpEnd(end).MatchString(text) {
					t.Errorf("%s, %s: the name that ends with %q is cut before its end:\n%.1500s", name, picture, end, text)
				}
			}
		}
		if bytes.Contains(options, []byte(`"overflow":"truncate"`)) {
			t.Errorf("%s: ECharts cuts a name by itself, at its end", name)
		}
	}
}

func regexpEnd(end string) *regexp.Regexp { return regexp.MustCompile("…[^\"\n]{0,40}" + end) }

func seq(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64(i + 1)
	}
	return out
}
