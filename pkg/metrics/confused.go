package metrics

import (
	"cmp"
	"slices"
)

// ConfusedPair is a class and another one that its examples were answered with.
type ConfusedPair struct {
	Right    int     `json:"right"`    // the index of the class
	Answered int     `json:"answered"` // the index of the other
	Examples int     `json:"examples"` // examples of Right that were answered with Answered
	Share    float64 `json:"share"`    // of the examples of Right, 0 to 1
	Reverse  int     `json:"reverse"`  // examples of Answered that were answered with Right
}

// Confused returns the most confused pairs of classes, as [ConfusedPairs] does.
func (m *Metrics) Confused(n int) []ConfusedPair { return ConfusedPairs(m.Confusion, n) }

// ConfusedPairs returns the most confused pairs of classes of a confusion matrix (see
// [Metrics].Confusion), at most n of them: those with the most examples, of equally many those
// with the larger share, then in the order of the classes. A table of 50 by 50 classes is hard to
// read; the first ten pairs are not. There is no pair without examples.
func ConfusedPairs(confusion [][]int, n int) []ConfusedPair {
	pairs := []ConfusedPair{}
	for right, row := range confusion {
		support := 0
		for _, examples := range row {
			support += examples
		}
		for answered, examples := range row {
			if right == answered || examples == 0 {
				continue
			}
			pairs = append(pairs, ConfusedPair{
				Right: right, Answered: answered, Examples: examples,
				Share: share(examples, support), Reverse: confusion[answered][right],
			})
		}
	}
	slices.SortStableFunc(pairs, func(a, b ConfusedPair) int {
		return cmp.Or(cmp.Compare(b.Examples, a.Examples), cmp.Compare(b.Share, a.Share))
	})
	return pairs[:min(max(n, 0), len(pairs))]
}
