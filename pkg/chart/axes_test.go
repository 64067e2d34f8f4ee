package chart

import (
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
