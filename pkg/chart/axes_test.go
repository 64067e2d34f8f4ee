package chart

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// The ends and the step of an axis have no digits that the data do not need:
// ECharts writes the ends as they are.
func TestAxesEndOnRoundNumbers(t *testing.T) {
	for _, values := range [][2]float64{{0.62, 0.98}, {0.31, 0.68}, {-0.55, 0.12}, {0.0031, 0.0068}, {1.3e-7, 2.9e-7}, {12.61, 12.99}, {0.1, 0.7}} {
		for n := 2; n < 60; n++ {
			s := canvas.NiceScale(values[0], values[1], n)
			for name, v := range map[string]float64{"min": s.Min, "max": s.Max, "step": s.Step} {
				if text := strconv.FormatFloat(v, 'g', -1, 64); len(strings.TrimLeft(text, "-0.")) > 10 {
					t.Errorf("axis of %v in %d steps: %s is %s", values, n, name, text)
				}
			}
		}
	}
	c, err := Curves(Labels{Title: "T"}, Series{Name: "s", X: []float64{0.62, 0.98}, Y: []float64{0.62, 0.98}})
	if err != nil {
		t.Fatal(err)
	}
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`\d\.\d{12,}`).Find(options); m != nil {
		t.Errorf("the options hold %s", m)
	}
}

// The label at the end of a line has the unit of its axis: 0.005 thousandths are not 0.005.
func TestEndLabelsHaveUnits(t *testing.T) {
	x := []float64{0, 50, 100}
	c, err := Curves(Labels{Title: "T", X: "step"},
		Series{Name: "accuracy", Panel: "accuracy, %", X: x, Y: []float64{50, 70, 80}},
		Series{Name: "learning rate", Panel: "learning rate, thousandths", X: x, Y: []float64{1, 0.5, 0.005}},
		Series{Name: "size", Panel: "number", X: x, Y: []float64{1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{0, 360} {
		drawn := c
		if width > 0 {
			drawn = c.Fit(width)
		}
		var texts []string
		for _, words := range drawn.figure.Captions(drawn.width) {
			for _, line := range words.Lines {
				texts = append(texts, line.Text)
			}
		}
		all := strings.Join(texts, "|") + "|"
		for _, want := range []string{"accuracy 80 %|", "learning rate 0.005 thousandths|", "size 3|"} {
			if !strings.Contains(all, want) {
				t.Errorf("width %d: no %q in %s", width, want, all)
			}
		}
	}
}

// The text form has the units too.
func TestTextHasUnits(t *testing.T) {
	c, err := Curves(Labels{Title: "T"}, Series{Name: "learning rate", Panel: "learning rate, thousandths", X: []float64{1, 230}, Y: []float64{0, 0.005}},
		Series{Name: "loss", Panel: "loss", X: []float64{1, 230}, Y: []float64{2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"learning rate: 0 thousandths at 1, 0.005 thousandths at 230 (lowest 0 thousandths, highest 0.005 thousandths)", "loss: 2 at 1, 1 at 230 (lowest 1, highest 2)"} {
		if !strings.Contains(c.Text(), want) {
			t.Errorf("no %q in:\n%s", want, c.Text())
		}
	}
}

// The counts of a histogram are whole numbers, and so are the numbers of its axis.
func TestHistogramCountsWholeExamples(t *testing.T) {
	for _, most := range []int{1, 3, 7, 12, 13, 25, 120} {
		values := make([]int, most)
		c, err := Histogram(Labels{Title: "T"}, append(values, 1, 2, 3))
		if err != nil {
			t.Fatal(err)
		}
		svg, err := c.SVG()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts(t, svg) {
			if strings.Contains(text, ".") {
				t.Errorf("%d equal values: the axis has %q", most, text)
			}
		}
	}
}

// A few values far from the others do not press them into one bar: they are not drawn, and the axis says
// so. Long tails are drawn.
func TestHistogramOutliers(t *testing.T) {
	values := make([]float64, 200)
	for i := range values {
		values[i] = float64(10 + i%50)
	}
	whole, err := Histogram(Labels{Title: "T", X: "tokens"}, values)
	if err != nil || strings.Contains(whole.Text(), "not drawn") {
		t.Fatal(whole.Text(), err)
	}
	values[3], values[7], values[9] = 9464, 9300, -800
	c, err := Histogram(Labels{Title: "T", X: "tokens"}, values, Mark{At: 256, Name: "maximum"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"200 values, median 35, greatest 9,464", "not drawn: 1 below ", "2 above "} {
		if !strings.Contains(c.Text(), want) {
			t.Errorf("the text lacks %q: %s", want, c.Text())
		}
	}
	svg, err := c.SVG()
	if err != nil || !strings.Contains(string(svg), "tokens (not drawn: 1 below ") || strings.Contains(string(svg), ">10,000<") {
		t.Errorf("the picture: %v, %s", err, svg)
	}
	tail := make([]float64, 200)
	for i := range tail {
		tail[i] = math.Pow(1.02, float64(i))
	}
	if c, err := Histogram(Labels{Title: "T", X: "tokens"}, tail); err != nil || strings.Contains(c.Text(), "not drawn") {
		t.Errorf("a long tail: %s, %v", c.Text(), err)
	}
}

// The axis ends at whole steps, or at 0: values between that end and the others are drawn.
func TestHistogramOutliersBelowTheEnd(t *testing.T) {
	values := make([]float64, 200)
	for i := range values {
		values[i] = 100 + 64*float64(i)/199
	}
	values[0], values[1], values[2] = 41, 5, 450 // 41 begins the values that are drawn: the axis begins at 0
	values[3] = 220
	c, err := Histogram(Labels{Title: "T", X: "tokens"}, values)
	if err != nil || !strings.Contains(c.Text(), "not drawn: 1 above ") || strings.Contains(c.Text(), " below 0") {
		t.Errorf("%s, %v", c.Text(), err)
	}
}
