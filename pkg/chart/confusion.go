package chart

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/confusion"
)

// Matrix is one confusion matrix.
type Matrix struct {
	// Name stands above the matrix, as "before". Required, unique in the chart.
	Name string
	// Counts[i][j] is how many examples of class i were taken for class j.
	Counts [][]int
}

const (
	maxClasses  = 50
	maxMatrices = 3
	maxColumns  = 16 // of several matrices side by side
)

// Confusion draws confusion matrices side by side: a row for each true class,
// a column for each predicted one, each cell with its count and its share of
// the row, the stronger in colour the larger the share. Names of columns stand
// upright where they have no room otherwise. With many classes the cells have
// room for the count alone, or for neither: then the colour, the interactive
// chart's tooltips and the chart in words say what the numbers are.
//
// Classes are 2 to 50, matrices at most 3; several have at most 16 columns in
// all. A fault in the data is a [*DataError].
func Confusion(labels Labels, classes []string, matrices ...Matrix) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("confusion"); err != nil {
		return Chart{}, err
	}
	c := &confusion.Figure{}
	for _, name := range classes {
		c.Classes = append(c.Classes, oneLine(name))
	}
	if err := checkNames(labels.Title, "classes", c.Classes, maxClasses); err != nil {
		return Chart{}, err
	}
	if len(classes) < 2 {
		return Chart{}, &DataError{labels.Title, "classes", "one, expected at least two"}
	}
	var names []string
	var checked []Matrix
	for _, m := range matrices {
		m.Name = oneLine(m.Name)
		names = append(names, m.Name)
		rows := make([][]int, len(m.Counts))
		for i, row := range m.Counts {
			rows[i] = slices.Clone(row)
		}
		checked = append(checked, Matrix{m.Name, rows})
		c.Matrices = append(c.Matrices, confusion.Matrix{Name: m.Name, Counts: rows})
	}
	if err := checkNames(labels.Title, "matrices", names, maxMatrices); err != nil {
		return Chart{}, err
	}
	if n := len(classes) * len(matrices); len(matrices) > 1 && n > maxColumns {
		return Chart{}, &DataError{labels.Title, "matrices", fmt.Sprintf("%d of %d classes make %d columns, expected at most %d; draw them apart", len(matrices), len(classes), n, maxColumns)}
	}
	for _, m := range checked {
		if err := m.check(labels.Title, len(classes)); err != nil {
			return Chart{}, err
		}
	}
	return newChart(labels, c, struct {
		Classes  []string
		Matrices []Matrix
	}{c.Classes, checked})
}

func (m Matrix) check(title string, classes int) error {
	part := fmt.Sprintf("matrix %q", m.Name)
	if len(m.Counts) != classes {
		return &DataError{title, part, fmt.Sprintf("has %d rows for %d classes; give one row a true class", len(m.Counts), classes)}
	}
	for i, row := range m.Counts {
		if len(row) != classes {
			return &DataError{title, fmt.Sprintf("%s, row %d", part, i), fmt.Sprintf("has %d columns for %d classes; give one a predicted class", len(row), classes)}
		}
		for j, n := range row {
			if n < 0 {
				return &DataError{title, fmt.Sprintf("%s, row %d, column %d", part, i, j), fmt.Sprintf("is %d; a count is not negative", n)}
			}
		}
	}
	return nil
}
