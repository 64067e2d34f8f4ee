package curves

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Series is a line of a panel.
type Series struct {
	Name, Panel string
	X, Y        []float64
}

// Figure is the figure behind [chart.Curves].
type Figure struct {
	labels canvas.Labels
	panels []panel
}

// panel is one set of axes.
type panel struct {
	name   string
	series []Series
	colour []int // of each series, its number in the palette
}

// New sorts checked series into panels.
func New(labels canvas.Labels, series []Series) *Figure {
	c := &Figure{labels: labels}
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

// Kind is the name in identifiers and errors.
func (c *Figure) Kind() string { return "curves" }

// xRange is common to all panels. Steps start at 0, unless they start far from it.
func (c *Figure) xRange() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, p := range c.panels {
		for _, s := range p.series {
			if n := len(s.X); n > 0 {
				lo, hi = min(lo, s.X[0]), max(hi, s.X[n-1])
			}
		}
	}
	if lo > hi {
		return 0, 1
	}
	if lo > 0 && (lo < 0.2*hi || lo == hi) {
		lo = 0
	}
	if lo == 0 && hi == 0 {
		hi = 1
	}
	return lo, hi
}

// mostTicks is the largest number of ticks of a y axis.
const mostTicks = 6

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
	return canvas.TickScale(lo, hi, mostTicks)
}

// Numbers describes each line in words.
func (c *Figure) Numbers() []string {
	var out []string
	for _, p := range c.panels {
		scale, unit := p.yScale(), p.unit()
		number := func(v float64) string { return scale.Number(v) + unit }
		for _, s := range p.series {
			n := len(s.X)
			if n == 0 {
				out = append(out, s.Name+": no point yet")
				continue
			}
			line := fmt.Sprintf("%s: %s", s.Name, number(s.Y[n-1]))
			if n > 1 {
				line = fmt.Sprintf("%s: %s at %s, %s at %s (lowest %s, highest %s)", s.Name, number(s.Y[0]), canvas.Number(s.X[0]), number(s.Y[n-1]), canvas.Number(s.X[n-1]), number(slices.Min(s.Y)), number(slices.Max(s.Y)))
			}
			out = append(out, line)
		}
	}
	return out
}
