package confusion

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Matrix is a confusion matrix: the examples of each class, a row, by their prediction.
type Matrix struct {
	Name   string
	Counts [][]int
}

// Figure is the figure behind [chart.Confusion].
type Figure struct {
	Classes  []string
	Matrices []Matrix
}

// share returns a cell's share of its row, 0 in an empty row.
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

// diagonal returns the number of right predictions and that of all.
func (m Matrix) diagonal() (right, all int) {
	for i, row := range m.Counts {
		right += row[i]
		for _, n := range row {
			all += n
		}
	}
	return right, all
}

func (m Matrix) heading() string { return m.Name + ": " + m.right() }

// right is the number of right predictions, of all.
func (m Matrix) right() string {
	right, all := m.diagonal()
	return fmt.Sprintf("%s of %s right", canvas.Number(float64(right)), canvas.Number(float64(all)))
}

// Kind is the name in identifiers and errors.
func (c *Figure) Kind() string { return "confusion" }

// fewClasses is the largest number of classes for which the text lists every cell, and the
// picture shows shares.
const fewClasses = 10

// Numbers describes each matrix in words.
func (c *Figure) Numbers() []string {
	var out []string
	for _, m := range c.Matrices {
		out = append(out, m.heading())
		for i, class := range c.Classes {
			line := "  true " + class + ":"
			if len(c.Classes) > fewClasses {
				out = append(out, line+m.mistakes(i, c.Classes))
				continue
			}
			for j, predicted := range c.Classes {
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

// mistakes describes a row of a large matrix: the right predictions and the three most
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
