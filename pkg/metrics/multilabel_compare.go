package metrics

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/significance"
)

// MultiLabelComparison sets two classifiers' answers to the same examples side by side.
//
// McNemar's test does not fit here. It takes one right or wrong answer from each example,
// independent of all others. The decisions about the classes of one example depend on one
// another, and F1 is no share of right decisions. So the intervals are those of a paired bootstrap
// over whole examples, and the p-values those of a paired permutation test that exchanges all
// answers to an example together (see [significance.Permutation]).
type MultiLabelComparison struct {
	Examples       int                           `json:"examples"`
	MicroF1        significance.PairedDifference `json:"micro_f1"`
	MacroF1        significance.PairedDifference `json:"macro_f1"`
	SubsetAccuracy significance.PairedDifference `json:"subset_accuracy"`
	HammingLoss    significance.PairedDifference `json:"hamming_loss"` // negative differences are improvements

	Fixed  int `json:"fixed"`  // decisions that were wrong before and are right after
	Broken int `json:"broken"` // decisions that were right before and are wrong after

	// Flips are the examples with changed classes, sorted by the decrease of wrong decisions, the
	// largest first.
	Flips []MultiLabelFlip `json:"flips"`
}

// MultiLabelFlip is an example with changed classes.
type MultiLabelFlip struct {
	Index  int    `json:"index"` // its row before
	ID     string `json:"id"`
	Labels []int  `json:"labels"` // the right classes
	Before []int  `json:"before"` // the classes given before
	After  []int  `json:"after"`  // the classes given after
}

// Change is the decrease of wrong decisions; it is negative if there are more after.
func (f MultiLabelFlip) Change() int {
	return decide(f.Labels, f.Before).wrong() - decide(f.Labels, f.After).wrong()
}

// CompareMultiLabel matches the examples by ID, in whatever order they come, and compares the
// answers. The two may have different thresholds. The error is that of
// [MultiLabelPredictions.Validate], a *MismatchError for the first example that only one side has
// or that has other labels there, or about the bootstrap.
func CompareMultiLabel(ctx context.Context, before, after *MultiLabelPredictions, bootstrap significance.Bootstrap) (*MultiLabelComparison, error) {
	a, err := before.answers()
	if err != nil {
		return nil, fmt.Errorf("compare, before: %w", err)
	}
	b, err := after.answers()
	if err != nil {
		return nil, fmt.Errorf("compare, after: %w", err)
	}
	rows, err := matchMultiLabel(before, after)
	if err != nil {
		return nil, err
	}
	c := &MultiLabelComparison{Examples: a.Len(), Flips: []MultiLabelFlip{}}
	pairs := make([]decisionPair, len(rows))
	for i, j := range rows {
		labels := before.Labels[i]
		pairs[i] = decisionPair{decide(labels, a.chosen[i]), decide(labels, b.chosen[j])}
		wrongBefore, wrongAfter := pairs[i].wrong()
		c.Fixed += difference(wrongBefore, wrongAfter)
		c.Broken += difference(wrongAfter, wrongBefore)
		if !slices.Equal(a.chosen[i], b.chosen[j]) {
			c.Flips = append(c.Flips, MultiLabelFlip{Index: i, ID: before.IDs[i], Labels: labels, Before: a.chosen[i], After: b.chosen[j]})
		}
	}
	slices.SortStableFunc(c.Flips, func(x, y MultiLabelFlip) int { return cmp.Compare(y.Change(), x.Change()) })
	return c, c.test(ctx, pairs, len(before.Classes), bootstrap)
}

// decisionPair is an example before and after.
type decisionPair [2]decision

// wrong returns the wrongly decided classes before and after, ascending.
func (p decisionPair) wrong() (before, after []int) {
	before, after = slices.Concat(p[0].missed, p[0].extra), slices.Concat(p[1].missed, p[1].extra)
	slices.Sort(before)
	slices.Sort(after)
	return before, after
}

// difference counts the elements of the first ascending list that are not in the second.
func difference(first, second []int) int { return len(decide(first, second).missed) }

// test fills in the differences with their intervals and tests.
func (c *MultiLabelComparison) test(ctx context.Context, pairs []decisionPair, classes int, bootstrap significance.Bootstrap) error {
	// In the order of their contents: the random resamples then do not depend on the order given.
	slices.SortFunc(pairs, func(x, y decisionPair) int {
		return cmp.Or(compareDecisions(x[0], y[0]), compareDecisions(x[1], y[1]))
	})
	// measure computes the numbers before and after for examples that occur weight(i) times, with
	// exchanged answers where exchanged(i).
	open := func() func(weight func(int) int, exchanged func(int) int) (before, after [statClasses]float64) {
		counts := [2]*labelCounts{newLabelCounts(classes), newLabelCounts(classes)}
		return func(weight func(int) int, exchanged func(int) int) (before, after [statClasses]float64) {
			counts[0].clear()
			counts[1].clear()
			for i := range pairs {
				if w := weight(i); w > 0 {
					x := exchanged(i)
					counts[x].add(pairs[i][0], w)
					counts[1-x].add(pairs[i][1], w)
				}
			}
			counts[0].statistics(before[:])
			counts[1].statistics(after[:])
			return before, after
		}
	}
	once, never := func(int) int { return 1 }, func(int) int { return 0 }
	subtract := func(out []float64, before, after [statClasses]float64) {
		for s := range out {
			out[s] = after[s] - before[s]
		}
	}
	_, intervals, err := bootstrap.Intervals(ctx, len(pairs), statClasses, func() significance.Statistics {
		measure := open()
		return func(weights []int32, out []float64) {
			before, after := measure(func(i int) int { return int(weights[i]) }, never)
			subtract(out, before, after)
		}
	})
	if err != nil {
		return err
	}
	tests, err := bootstrap.Permute(ctx, len(pairs), slices.Repeat([]float64{significance.Rounding}, statClasses), func() significance.Exchange {
		measure := open()
		return func(exchanged []bool, out []float64) {
			before, after := measure(once, func(i int) int {
				if exchanged[i] {
					return 1
				}
				return 0
			})
			subtract(out, before, after)
		}
	})
	if err != nil {
		return err
	}
	before, after := open()(once, never)
	for s, d := range map[int]*significance.PairedDifference{statMicroF1: &c.MicroF1, statMacroF1: &c.MacroF1, statSubset: &c.SubsetAccuracy, statHamming: &c.HammingLoss} {
		*d = significance.NewPairedDifference(before[s], after[s], intervals[s], tests[s], "")
	}
	return nil
}

// matchMultiLabel returns the row after for each row before.
func matchMultiLabel(before, after *MultiLabelPredictions) ([]int, error) {
	if !slices.Equal(before.Classes, after.Classes) {
		return nil, classesError(before.Classes, after.Classes)
	}
	return matchIDs(before.IDs, after.IDs, func(i, j int) string {
		if x, y := before.Labels[i], after.Labels[j]; !slices.Equal(x, y) {
			return fmt.Sprintf("has labels %v before and %v after", x, y)
		}
		return ""
	})
}
