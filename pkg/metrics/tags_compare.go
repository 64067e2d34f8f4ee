package metrics

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/significance"
)

// TagComparison sets two models' tags of the same sentences side by side. The entities of one
// sentence depend on one another, so that the intervals are those of a paired bootstrap over
// sentences, and the p-values those of a paired permutation test that exchanges all answers to a
// sentence together (see [significance.Permutation]).
type TagComparison struct {
	Sentences int                           `json:"sentences"`
	F1        significance.PairedDifference `json:"f1"` // of the entities of all types
	MacroF1   significance.PairedDifference `json:"macro_f1"`
	Accuracy  significance.PairedDifference `json:"accuracy"` // share of words with the right tag

	Fixed  int `json:"fixed"`  // words that had a wrong tag before and have the right one after
	Broken int `json:"broken"` // words that had the right tag before and have a wrong one after

	// Flips are the sentences with changed tags, sorted by the decrease of wrong ones, the largest
	// first.
	Flips []TagFlip `json:"flips"`
}

// TagFlip is a sentence with changed tags.
type TagFlip struct {
	Index  int    `json:"index"` // its row before
	ID     string `json:"id"`
	Labels []int  `json:"labels"` // the right tags
	Before []int  `json:"before"` // the tags given before
	After  []int  `json:"after"`  // the tags given after
}

// Change is the decrease of wrong tags; it is negative if there are more after.
func (f TagFlip) Change() int {
	change := 0
	for i, label := range f.Labels {
		if f.Before[i] != label {
			change++
		}
		if f.After[i] != label {
			change--
		}
	}
	return change
}

// CompareTags matches the sentences by ID, in whatever order they come, and compares the answers.
// The error is that of [TagPredictions.Validate], a *MismatchError for the first sentence that
// only one side has or that has other tags there, or about the bootstrap.
func CompareTags(ctx context.Context, before, after *TagPredictions, bootstrap significance.Bootstrap) (*TagComparison, error) {
	if err := before.Validate(); err != nil {
		return nil, fmt.Errorf("compare, before: %w", err)
	}
	if err := after.Validate(); err != nil {
		return nil, fmt.Errorf("compare, after: %w", err)
	}
	if !slices.Equal(before.Classes, after.Classes) {
		return nil, classesError(before.Classes, after.Classes)
	}
	rows, err := matchIDs(before.IDs, after.IDs, func(i, j int) string {
		if !slices.Equal(before.Labels[i], after.Labels[j]) {
			return "has other right tags before than after"
		}
		return ""
	})
	if err != nil {
		return nil, err
	}
	r := newTagReader(before.Classes, "")
	c := &TagComparison{Sentences: before.Len(), Flips: []TagFlip{}}
	pairs := make([][2]sentenceCounts, len(rows))
	for i, j := range rows {
		labels, x, y := before.Labels[i], before.Answers[i], after.Answers[j]
		for side, answers := range [][]int{x, y} {
			if pairs[i][side], err = r.count(labels, answers); err != nil {
				return nil, err
			}
		}
		for word, label := range labels {
			switch {
			case x[word] != label && y[word] == label:
				c.Fixed++
			case x[word] == label && y[word] != label:
				c.Broken++
			}
		}
		if !slices.Equal(x, y) {
			c.Flips = append(c.Flips, TagFlip{Index: i, ID: before.IDs[i], Labels: labels, Before: x, After: y})
		}
	}
	slices.SortStableFunc(c.Flips, func(x, y TagFlip) int { return cmp.Compare(y.Change(), x.Change()) })
	return c, c.test(ctx, pairs, len(r.types), bootstrap)
}

// test fills in the differences with their intervals and tests.
func (c *TagComparison) test(ctx context.Context, pairs [][2]sentenceCounts, types int, bootstrap significance.Bootstrap) error {
	// In the order of their contents: the random resamples then do not depend on the order given.
	slices.SortFunc(pairs, func(x, y [2]sentenceCounts) int {
		return cmp.Or(slices.Compare(x[0].key(), y[0].key()), slices.Compare(x[1].key(), y[1].key()))
	})
	// measure computes the numbers of a side for sentences that occur weight(i) times; side(i) is
	// that of the answers to sentence i.
	measure := func(totals *tagTotals, weight, side func(int) int) (out [statEntityTypes]float64) {
		totals.clear()
		for i := range pairs {
			if w := weight(i); w > 0 {
				totals.add(&pairs[i][side(i)], w)
			}
		}
		totals.statistics(out[:])
		return out
	}
	once, first, second := func(int) int { return 1 }, func(int) int { return 0 }, func(int) int { return 1 }
	_, intervals, err := bootstrap.Intervals(ctx, len(pairs), statEntityTypes, func() significance.Statistics {
		totals := newTagTotals(types)
		return func(weights []int32, out []float64) {
			weight := func(i int) int { return int(weights[i]) }
			before, after := measure(totals, weight, first), measure(totals, weight, second)
			for s := range out {
				out[s] = after[s] - before[s]
			}
		}
	})
	if err != nil {
		return err
	}
	tests, err := bootstrap.Permute(ctx, len(pairs), slices.Repeat([]float64{significance.Rounding}, statEntityTypes), func() significance.Exchange {
		totals := newTagTotals(types)
		return func(exchanged []bool, out []float64) {
			side := func(of int) func(int) int {
				return func(i int) int {
					if exchanged[i] {
						return 1 - of
					}
					return of
				}
			}
			before, after := measure(totals, once, side(0)), measure(totals, once, side(1))
			for s := range out {
				out[s] = after[s] - before[s]
			}
		}
	})
	if err != nil {
		return err
	}
	totals := newTagTotals(types)
	before, after := measure(totals, once, first), measure(totals, once, second)
	for s, d := range map[int]*significance.PairedDifference{statEntityF1: &c.F1, statEntityMacroF1: &c.MacroF1, statWordAccuracy: &c.Accuracy} {
		*d = significance.NewPairedDifference(before[s], after[s], intervals[s], tests[s], "")
	}
	return nil
}
