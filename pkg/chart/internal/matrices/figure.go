package matrices

import (
	"math"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Grid is a matrix: Rows · Columns values, row by row.
type Grid struct {
	Name          string
	Values        []float64
	Rows, Columns int
}

// Figure is the figure behind [chart.Matrices].
type Figure struct {
	Panes []Pane
	pixel float64 // pixels a row and a column, the same in all
}

// Pane is a matrix as it is drawn.
type Pane struct {
	Name          string
	Rows, Columns int
	Largest, RMS  float64 // largest magnitude, root mean square
	Blocks        Blocks
	Box           Box `json:"-"`
}

// New places checked grids and reduces each to blocks.
func New(grids []Grid) *Figure {
	m := &Figure{}
	for _, g := range grids {
		largest := 0.0
		for _, v := range g.Values {
			largest = max(largest, math.Abs(v))
		}
		m.Panes = append(m.Panes, Pane{Name: g.Name, Rows: g.Rows, Columns: g.Columns, Largest: largest, RMS: rms(g.Values, largest)})
	}
	m.layOut()
	for i := range m.Panes {
		p := &m.Panes[i]
		p.Blocks = reduce(grids[i], mostBlocks(p.Rows, p.Box.Height), mostBlocks(p.Columns, p.Box.Width), p.Largest)
	}
	return m
}

func (m *Figure) Kind() string { return "matrices" }

func (p Pane) Size() string {
	return canvas.Number(float64(p.Rows)) + " x " + canvas.Number(float64(p.Columns))
}

// About says how many numbers there are and how large they get.
func (p Pane) About() string {
	text := "1 number"
	if n := float64(p.Rows) * float64(p.Columns); n > 1 {
		text = canvas.Number(n) + " numbers"
	}
	if p.Largest == 0 {
		return text + ", all 0"
	}
	return text + ", up to " + canvas.Number(p.Largest)
}

func (m *Figure) Numbers() []string {
	var out []string
	for _, p := range m.Panes {
		line := p.Name + ": " + p.Size() + ", " + p.About()
		if p.Largest > 0 {
			line += ", root mean square " + canvas.Number(p.RMS)
		}
		out = append(out, line)
	}
	return out
}
