package chart

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/reliability"
)

// Before is grey and after is blue in every chart that has both, also beside further series.
func TestBeforeAndAfterHaveTheirColours(t *testing.T) {
	grey, blue := canvas.CSS(canvas.Palette[4]), canvas.CSS(canvas.Palette[0])
	charts := hard(t)
	for _, name := range []string{"three groups", "bars, 8 long", "roc, two", "roc, six", "calibration", "scatter, two"} {
		for _, width := range widths {
			c := charts[name].Fit(width)
			found := 0
			for _, w := range c.figure.Captions(width) {
				for _, l := range w.Lines {
					text, _, _ := strings.Cut(l.Text, " (")
					if !w.Bold {
						continue
					}
					switch {
					case strings.HasSuffix(text, "before"): // narrow keys shorten what is in front of it
						found++
						if canvas.CSS(w.Colour) != grey {
							t.Errorf("%s, %d: before is %s, expected %s", name, width, canvas.CSS(w.Colour), grey)
						}
					case strings.HasSuffix(text, "after") && !strings.Contains(text, "class\""):
						found++
						if canvas.CSS(w.Colour) != blue {
							t.Errorf("%s, %d: after is %s, expected %s", name, width, canvas.CSS(w.Colour), blue)
						}
					}
				}
			}
			options, err := c.Options()
			if err != nil {
				t.Fatal(err)
			}
			before, after := strings.Index(string(options), grey), strings.Index(string(options), blue)
			if before < 0 || after < 0 {
				t.Errorf("%s, %d: the options lack a colour", name, width)
			}
			if found == 0 && !strings.Contains(name, "groups") {
				t.Errorf("%s, %d: neither before nor after is named in its colour", name, width)
			}
		}
	}
}

// The area of a dot is the number of predictions in its bin.
func TestDotsShowTheirCounts(t *testing.T) {
	r := hard(t)["calibration"].figure.(*reliability.Figure)
	few, some, many := r.Dot(5), r.Dot(500), r.Dot(5000)
	if ratio := (many * many) / (some * some); ratio < 9.9 || ratio > 10.1 {
		t.Errorf("dots of 5,000 and 500 predictions have areas in a ratio of %.2f, expected 10", ratio)
	}
	if few >= some || few < 4 {
		t.Errorf("a dot of 5 predictions is %.1f pixels wide, one of 500 %.1f", few, some)
	}
	options, err := hard(t)["calibration"].Options()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(5 predictions, interval 0.", "(1 prediction, interval 0.", "(10,000 predictions, interval 0."} {
		if !strings.Contains(string(options), want) || !strings.Contains(hard(t)["calibration"].Text(), want) {
			t.Errorf("neither tooltip nor text says %q", want)
		}
	}
}

// Applied to the first layout, the changes in a page give each further layout, and a page
// carries the data once.
func TestLayoutsShareTheirData(t *testing.T) {
	for name, c := range hard(t) {
		wide, narrow := optionValues(t, c.Fit(canvas.Wide)), optionValues(t, c.Fit(canvas.Narrow))
		if d := difference(wide, narrow); d != nil && !equalJSON(t, applied(wide, d), narrow) {
			t.Errorf("%s: the changes do not give the narrow layout", name)
		}
	}
	c := hard(t)["roc, six"]
	layouts, err := c.layouts()
	if err != nil {
		t.Fatal(err)
	}
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	if len(layouts) > len(options)*3/2 {
		t.Errorf("all layouts have %d bytes, one has %d", len(layouts), len(options))
	}
}

// The line about right predictions is whole in every layout.
func TestMatricesShowTheirCounts(t *testing.T) {
	c := hard(t)["matrices of 2"]
	for _, width := range widths {
		whole := 0
		for _, w := range c.figure.Captions(width) {
			for _, l := range w.Lines {
				if strings.Contains(l.Text, "2,020 of 2,040 right") {
					whole++
				}
			}
		}
		if whole != 2 {
			t.Errorf("%d pixels: %d of 2 matrices show their right predictions", width, whole)
		}
	}
}
