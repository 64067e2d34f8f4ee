package chart

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Series is one line of a curve chart.
type Series struct {
	// Name labels the line, as "training loss". Required, unique in the chart.
	Name string
	// Panel names the quantity and so the y axis. Series of the same Panel
	// share one set of axes; each further Panel is drawn below, over the same
	// x axis. Empty: the panel named by Labels.Y.
	Panel string
	// X and Y are the points, X never decreasing.
	X, Y []float64
}

// curves is the figure behind [Curves].
type curves struct {
	labels Labels
	panels []panel
}

// panel is one set of axes of a curve chart.
type panel struct {
	name   string
	series []Series
	colour []int
}

// Curves draws lines over a common x axis, each labelled at its end: losses
// and accuracies over training steps.
//
// Series are at most 6, in at most 4 panels. A line of more than 800 points is
// drawn by the lowest and highest point of each of 400 stretches, so peaks
// stay. A fault in the data is a [*DataError].
func Curves(labels Labels, series ...Series) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("curves"); err != nil {
		return Chart{}, err
	}
	series, err := checkSeries(labels, series)
	if err != nil {
		return Chart{}, err
	}
	drawable := 0
	for _, s := range series {
		drawable += len(s.X)
	}
	if drawable == 0 {
		return Chart{}, &DataError{labels.Title, "series", "hold no point; give at least one"}
	}
	return newChart(labels, newCurves(labels, series), series)
}

// checkSeries returns cleaned copies. A series may still be empty: while
// training runs, validation has no point at first.
func checkSeries(labels Labels, in []Series) ([]Series, error) {
	series := make([]Series, len(in))
	names := make([]string, len(in))
	var panels []string
	for i, s := range in {
		names[i] = oneLine(s.Name)
		series[i] = Series{names[i], oneLine(s.Panel), slices.Clone(s.X), slices.Clone(s.Y)}
		if series[i].Panel == "" {
			series[i].Panel = labels.Y
		}
		if !slices.Contains(panels, series[i].Panel) {
			panels = append(panels, series[i].Panel)
		}
	}
	if err := checkNames(labels.Title, "series", names, canvas.MaxSeries); err != nil {
		return nil, err
	}
	if len(panels) > canvas.MaxPanels {
		return nil, &DataError{labels.Title, "panels", fmt.Sprintf("%d named, expected at most %d; draw several charts", len(panels), canvas.MaxPanels)}
	}
	for _, s := range series {
		part := fmt.Sprintf("series %q", s.Name)
		if len(s.X) != len(s.Y) {
			return nil, &DataError{labels.Title, part, fmt.Sprintf("has %d x and %d y; every point needs both", len(s.X), len(s.Y))}
		}
		if err := checkNumbers(labels.Title, part+", x", s.X); err != nil {
			return nil, err
		}
		if err := checkNumbers(labels.Title, part+", y", s.Y); err != nil {
			return nil, err
		}
		for i := 1; i < len(s.X); i++ {
			if s.X[i] < s.X[i-1] {
				return nil, backwards(labels.Title, part, i, s.X[i-1], s.X[i])
			}
		}
	}
	return series, nil
}

func backwards(title, part string, i int, before, now float64) error {
	return &DataError{title, part, fmt.Sprintf("x[%d] is %s after %s; a curve goes from left to right", i, canvas.Number(now), canvas.Number(before))}
}

// newCurves sorts checked series into panels.
func newCurves(labels Labels, series []Series) *curves {
	c := &curves{labels: labels}
	for i, s := range series {
		at := slices.IndexFunc(c.panels, func(p panel) bool { return p.name == s.Panel })
		if at < 0 {
			at = len(c.panels)
			c.panels = append(c.panels, panel{name: s.Panel})
		}
		s.X, s.Y = canvas.Thin(s.X, s.Y, canvas.MaxPoints)
		c.panels[at].series = append(c.panels[at].series, s)
		c.panels[at].colour = append(c.panels[at].colour, i)
	}
	return c
}

func (c *curves) Kind() string { return "curves" }

func (c *curves) panelHeight() int {
	return []int{300, 190, 160, 140}[len(c.panels)-1]
}

const (
	curveFoot = 46 // below the last panel: tick labels, axis name
	curveGap  = 22 // between panels
)

func (c *curves) Height() int {
	return len(c.panels)*(c.panelHeight()+curveGap) + curveFoot - 6
}

// xScale is common to all panels.
func (c *curves) xScale() canvas.Scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range c.panels {
		for _, s := range p.series {
			if n := len(s.X); n > 0 {
				lo, hi = min(lo, s.X[0]), max(hi, s.X[n-1])
			}
		}
	}
	if lo > hi {
		return canvas.Scale{Min: 0, Max: 1, Step: 1}
	}
	if lo > 0 && (lo < 0.2*hi || lo == hi) {
		lo = 0 // steps count from nothing
	}
	if lo == 0 && hi == 0 {
		hi = 1
	}
	return canvas.NiceScale(lo, hi, 8)
}

// yScale fits the panel's values.
func (p panel) yScale() canvas.Scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range p.series {
		for _, v := range s.Y {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo > hi {
		return canvas.Scale{Min: 0, Max: 1, Step: 0.5}
	}
	return canvas.NiceScale(lo, hi, 5)
}

func (c *curves) Numbers() []string {
	var out []string
	for _, p := range c.panels {
		for _, s := range p.series {
			n := len(s.X)
			if n == 0 {
				out = append(out, s.Name+": no point yet")
				continue
			}
			line := fmt.Sprintf("%s: %s", s.Name, canvas.Number(s.Y[n-1]))
			if n > 1 {
				line = fmt.Sprintf("%s: %s at %s, %s at %s (lowest %s, highest %s)", s.Name, canvas.Number(s.Y[0]), canvas.Number(s.X[0]), canvas.Number(s.Y[n-1]), canvas.Number(s.X[n-1]), canvas.Number(slices.Min(s.Y)), canvas.Number(slices.Max(s.Y)))
			}
			out = append(out, line)
		}
	}
	return out
}
