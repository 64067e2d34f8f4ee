package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/significance"
)

// Group is a set of examples with similar values of a measure.
type Group struct {
	From, To int                   // the least and the greatest value of the measure in it
	Examples int                   // how many they are
	Accuracy float64               // share of right answers among them
	Interval significance.Interval // of it, [significance.Wilson], 95 %
}

// AccuracyBy sorts the examples by a measure, such as their length, divides them into groups of
// about equal size, and returns the accuracy of each group. Examples of one value stay
// together, so that there may be fewer groups.
func (p *Predictions) AccuracyBy(values []int, groups int) ([]Group, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	if len(values) != p.Len() || groups < 1 {
		return nil, fmt.Errorf("accuracy by %d values in %d groups: expected a value for each of %d examples, and a group at least", len(values), groups, p.Len())
	}
	var out []Group
	for _, rows := range groupBy(values, groups) {
		g := Group{From: values[rows[0]], To: values[rows[len(rows)-1]], Examples: len(rows)}
		right := 0
		for _, i := range rows {
			if a.right(i) {
				right++
			}
		}
		g.Accuracy = float64(right) / float64(g.Examples)
		if g.Interval, err = significance.Wilson(right, g.Examples, 0.95); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// GroupBy divides examples into at most the given number of groups of about equal size, by a
// value of each example such as the length of its text. Examples with the same value are in the
// same group. It returns the numbers of the examples of each group, by ascending value.
func GroupBy(values []int, groups int) ([][]int, error) {
	if groups < 1 {
		return nil, fmt.Errorf("%d groups: expected at least 1", groups)
	}
	return groupBy(values, groups), nil
}

func groupBy(values []int, groups int) (out [][]int) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return values[i] - values[j] })
	for from := 0; from < len(order); {
		left := groups - len(out)
		to := len(order)
		if left > 1 {
			to = from + max(1, int(math.Round(float64(len(order)-from)/float64(left))))
		}
		for to < len(order) && values[order[to]] == values[order[to-1]] {
			to++
		}
		out = append(out, order[from:to])
		from = to
	}
	return out
}
