package chart

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Matrix is one confusion matrix.
type Matrix struct {
	// Name stands above the matrix, as "before". Required, unique in the chart.
	Name string
	// Counts[i][j] is how many examples of class i were taken for class j.
	Counts [][]int
}

// confusion is the figure behind [Confusion].
type confusion struct {
	labels   Labels
	classes  []string
	matrices []Matrix
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
	c := &confusion{labels: labels}
	for _, name := range classes {
		c.classes = append(c.classes, oneLine(name))
	}
	if err := checkNames(labels.Title, "classes", c.classes, maxClasses); err != nil {
		return Chart{}, err
	}
	if len(classes) < 2 {
		return Chart{}, &DataError{labels.Title, "classes", "only one given; confusion takes two"}
	}
	var names []string
	for _, m := range matrices {
		m.Name = oneLine(m.Name)
		names = append(names, m.Name)
		rows := make([][]int, len(m.Counts))
		for i, row := range m.Counts {
			rows[i] = slices.Clone(row)
		}
		c.matrices = append(c.matrices, Matrix{m.Name, rows})
	}
	if err := checkNames(labels.Title, "matrices", names, maxMatrices); err != nil {
		return Chart{}, err
	}
	if n := len(classes) * len(matrices); len(matrices) > 1 && n > maxColumns {
		return Chart{}, &DataError{labels.Title, "matrices", fmt.Sprintf("%d of %d classes make %d columns, at most %d can be read; draw them apart", len(matrices), len(classes), n, maxColumns)}
	}
	for _, m := range c.matrices {
		if err := m.check(labels.Title, len(classes)); err != nil {
			return Chart{}, err
		}
	}
	return newChart(labels, c, struct {
		Classes  []string
		Matrices []Matrix
	}{c.classes, c.matrices})
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

// share returns a cell's part of its row, 0 in an empty row.
func (m Matrix) share(i, j int) float64 {
	total := 0.0
	for _, n := range m.Counts[i] {
		total += float64(n)
	}
	if total == 0 {
		return 0
	}
	return float64(m.Counts[i][j]) / total
}

// diagonal returns how many examples were classified rightly, of how many.
func (m Matrix) diagonal() (right, all int) {
	for i, row := range m.Counts {
		right += row[i]
		for _, n := range row {
			all += n
		}
	}
	return right, all
}

func (m Matrix) heading() string {
	right, all := m.diagonal()
	return fmt.Sprintf("%s: %s of %s right", m.Name, canvas.Number(float64(right)), canvas.Number(float64(all)))
}

func (c *confusion) Kind() string { return "confusion" }

func (c *confusion) Height() int {
	l := c.layout()
	return l.top + len(c.classes)*l.cellH + matrixFoot
}

// told is the largest number of classes of which every cell is told in words.
const told = 10

func (c *confusion) Numbers() []string {
	var out []string
	for _, m := range c.matrices {
		out = append(out, m.heading())
		for i, class := range c.classes {
			line := "  true " + class + ":"
			if len(c.classes) > told {
				out = append(out, line+m.mistakes(i, c.classes))
				continue
			}
			for j, predicted := range c.classes {
				if j > 0 {
					line += ","
				}
				line += fmt.Sprintf(" %s taken for %s (%s)", canvas.Number(float64(m.Counts[i][j])), predicted, canvas.Percent(m.share(i, j)))
			}
			out = append(out, line)
		}
	}
	return out
}

// mistakes tells a row of a large matrix: what is right, and the three most
// frequent mistakes.
func (m Matrix) mistakes(row int, classes []string) string {
	all := 0
	var wrong []int
	for j, n := range m.Counts[row] {
		all += n
		if j != row && n > 0 {
			wrong = append(wrong, j)
		}
	}
	if all == 0 {
		return " no example"
	}
	text := fmt.Sprintf(" %s of %s right (%s)", canvas.Number(float64(m.Counts[row][row])), canvas.Number(float64(all)), canvas.Percent(m.share(row, row)))
	slices.SortStableFunc(wrong, func(a, b int) int { return m.Counts[row][b] - m.Counts[row][a] })
	for i, j := range wrong[:min(3, len(wrong))] {
		if i == 0 {
			text += "; most taken for"
		} else {
			text += ","
		}
		text += fmt.Sprintf(" %s %s", classes[j], canvas.Number(float64(m.Counts[row][j])))
	}
	return text
}
