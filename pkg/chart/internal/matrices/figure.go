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
}

// Pane is a matrix, reduced to blocks.
type Pane struct {
	Name          string
	Rows, Columns int
	Largest, RMS  float64 // largest magnitude, root mean square
	Blocks        Blocks
}

// New reduces checked grids to blocks, as many as a wide layout has room for.
func New(grids []Grid) *Figure {
	m := &Figure{}
	for _, g := range grids {
		largest := 0.0
		for _, v := range g.Values {
			largest = max(largest, math.Abs(v))
		}
		m.Panes = append(m.Panes, Pane{Name: g.Name, Rows: g.Rows, Columns: g.Columns, Largest: largest, RMS: rms(g.Values, largest)})
	}
	for i, box := range m.layout(canvas.Wide).boxes {
		p := &m.Panes[i]
		p.Blocks = reduce(grids[i], mostBlocks(p.Rows, box.Height), mostBlocks(p.Columns, box.Width), p.Largest)
	}
	return m
}

// Kind is the name in identifiers and errors.
func (m *Figure) Kind() string { return "matrices" }

// Size is "rows x columns".
func (p Pane) Size() string {
	return canvas.Number(float64(p.Rows)) + " x " + canvas.Number(float64(p.Columns))
}

// About describes the numbers: how many they are, and the largest magnitude.
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

// Numbers describes each matrix in words.
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
