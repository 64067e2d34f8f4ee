package chart

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/chart/internal/matrices"
)

// Grid is a matrix of numbers, such as the weights of a layer.
type Grid struct {
	// Name stands above the matrix, as "W". Required, unique in the chart.
	Name string
	// Values has Rows · Columns numbers, row by row.
	Values []float64
	// Rows and Columns are at least 1.
	Rows, Columns int
}

const maxGrids = 4

// Matrices draws matrices side by side to one scale, so that their sizes can be
// compared by eye: LoRA's A (8 x 192) and B (192 x 8) beside W (192 x 192). A row
// is as high, and a column as wide, in one matrix as in any other; only a side
// that would be thinner than 4 pixels is drawn 4 pixels thick, to be seen.
//
// A cell is a block of neighbouring numbers, at most 48 along a side. Its shade
// is the root mean square of its numbers, from 0 to that of the strongest block
// of the same matrix: shades compare places within a matrix, not matrices. Above
// each stand its name, "rows x columns", how many numbers it has and the largest
// magnitude among them.
//
// Matrices are at most 4. Labels.X and Labels.Y are not used. A fault in the
// data is a [*DataError].
func Matrices(labels Labels, grids ...Grid) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("matrices"); err != nil {
		return Chart{}, err
	}
	names := make([]string, len(grids))
	for i, g := range grids {
		names[i] = oneLine(g.Name)
	}
	if err := checkNames(labels.Title, "grids", names, maxGrids); err != nil {
		return Chart{}, err
	}
	checked := make([]matrices.Grid, len(grids))
	for i, g := range grids {
		g.Name = names[i]
		if err := g.check(labels.Title); err != nil {
			return Chart{}, err
		}
		checked[i] = matrices.Grid(g)
	}
	m := matrices.New(checked)
	return newChart(labels, m, m.Panes)
}

func (g Grid) check(title string) error {
	part := fmt.Sprintf("grid %q", g.Name)
	if g.Rows < 1 || g.Columns < 1 {
		return &DataError{title, part, fmt.Sprintf("is %d x %d; give at least one row and one column", g.Rows, g.Columns)}
	}
	// Divided, since the product may overflow.
	if n := len(g.Values); n%g.Rows != 0 || n/g.Rows != g.Columns {
		return &DataError{title, part, fmt.Sprintf("has %d values for %d x %d; give one a place, row by row", n, g.Rows, g.Columns)}
	}
	for i, v := range g.Values {
		if !drawable(v) {
			return &DataError{title, fmt.Sprintf("%s, row %d, column %d", part, i/g.Columns, i%g.Columns), fmt.Sprintf("is %v, which has no shade; give finite numbers below 1e100", v)}
		}
	}
	return nil
}
