package metrics

import (
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/significance"
)

// Comparison sets two classifiers' answers to the same examples side by side.
type Comparison struct {
	Examples       int     `json:"examples"`
	AccuracyBefore float64 `json:"accuracy_before"`
	AccuracyAfter  float64 `json:"accuracy_after"`
	// Difference is after minus before, -1 to 1. Interval is its confidence interval, by
	// resampling the examples (see [significance.Bootstrap.Mean]); if all examples have the same
	// difference, as those of two models that are right for the same ones, [significance.Uniform].
	Difference float64               `json:"difference"`
	Interval   significance.Interval `json:"interval"`
	Test       significance.McNemar  `json:"mcnemar"`

	BothRight int `json:"both_right"`
	Fixed     int `json:"fixed"`  // wrong before, right after
	Broken    int `json:"broken"` // right before, wrong after
	BothWrong int `json:"both_wrong"`

	// Flips are the examples with a changed prediction, sorted by the change of the true
	// class's probability, the largest gain first.
	Flips []Flip `json:"flips"`
}

// Flip is an example with a changed prediction.
type Flip struct {
	Index  int    `json:"index"` // its row before
	ID     string `json:"id"`
	Label  int    `json:"label"`  // the right class
	Before int    `json:"before"` // the class answered before
	After  int    `json:"after"`  // the class answered after
	// The probability of the right class, 0 to 1.
	ProbabilityBefore float64 `json:"probability_before"`
	ProbabilityAfter  float64 `json:"probability_after"`
}

// Change is the probability that the right class gained, -1 to 1.
func (f Flip) Change() float64 { return f.ProbabilityAfter - f.ProbabilityBefore }

// Fixed reports whether the prediction became correct.
func (f Flip) Fixed() bool { return f.After == f.Label }

// Broken reports whether the prediction became wrong. With more than two classes an answer may
// also go from one wrong class to another.
func (f Flip) Broken() bool { return f.Before == f.Label }

// MismatchError is an example in which two sets of predictions do not belong
// together.
type MismatchError struct {
	ID     string
	Reason string
}

// Error implements error.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("compare: example %q %s; both sets of predictions must be of the same examples", e.ID, e.Reason)
}

// Compare matches the examples by ID, in whatever order they come, and compares
// the answers. The error is that of [Predictions.Validate], or a *MismatchError
// for the first example that only one side has or that has another label
// there.
func Compare(ctx context.Context, before, after *Predictions, bootstrap significance.Bootstrap) (*Comparison, error) {
	a, err := before.answers()
	if err != nil {
		return nil, fmt.Errorf("compare, before: %w", err)
	}
	b, err := after.answers()
	if err != nil {
		return nil, fmt.Errorf("compare, after: %w", err)
	}
	rows, err := matchExamples(before, after)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Examples: a.Len(), Flips: []Flip{}}
	differences := make([]float64, a.Len())
	for i, j := range rows {
		differences[i] = c.count(a.right(i), b.right(j))
		if a.chosen[i] != b.chosen[j] {
			label := before.Labels[i]
			c.Flips = append(c.Flips, Flip{
				Index: i, ID: before.IDs[i], Label: label, Before: a.chosen[i], After: b.chosen[j],
				ProbabilityBefore: a.row(i)[label], ProbabilityAfter: b.row(j)[label],
			})
		}
	}
	slices.SortStableFunc(c.Flips, func(x, y Flip) int {
		switch {
		case x.Change() > y.Change():
			return -1
		case x.Change() < y.Change():
			return 1
		}
		return 0
	})
	n := float64(c.Examples)
	c.AccuracyBefore = float64(c.BothRight+c.Broken) / n
	c.AccuracyAfter = float64(c.BothRight+c.Fixed) / n
	c.Difference = float64(c.Fixed-c.Broken) / n
	if c.Test, err = significance.McNemarTest(c.Broken, c.Fixed); err != nil {
		return nil, err
	}
	if c.Interval, err = bootstrap.Mean(ctx, differences); err == nil && c.Interval.NoSpread() {
		c.Interval, err = significance.Uniform(c.Difference, c.Examples, c.Interval.Level)
	}
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	return c, nil
}

// count adds an example to its cell and returns its contribution to the difference: 1 if it was
// fixed, -1 if it was broken.
func (c *Comparison) count(before, after bool) float64 {
	switch {
	case before && after:
		c.BothRight++
	case after:
		c.Fixed++
		return 1
	case before:
		c.Broken++
		return -1
	default:
		c.BothWrong++
	}
	return 0
}

// matchExamples returns the row after for each row before.
func matchExamples(before, after *Predictions) ([]int, error) {
	if before.IDs != nil && after.IDs != nil && !slices.Equal(before.Classes, after.Classes) {
		return nil, classesError(before.Classes, after.Classes)
	}
	return matchIDs(before.IDs, after.IDs, func(i, j int) string {
		if x, y := before.Labels[i], after.Labels[j]; x != y {
			return fmt.Sprintf("has label %d before and %d after", x, y)
		}
		return ""
	})
}

func classesError(before, after []string) error {
	return fmt.Errorf("compare: the classes are %q before and %q after", before, after)
}

// matchIDs returns the row after for each row before. differ returns how the answers that are
// right for an example differ between its two rows, or "".
func matchIDs(before, after []string, differ func(i, j int) string) ([]int, error) {
	if before == nil || after == nil {
		return nil, fmt.Errorf("compare: the predictions have no IDs to match the examples by")
	}
	rowAfter := make(map[string]int, len(after))
	for j, id := range after {
		rowAfter[id] = j
	}
	rows := make([]int, len(before))
	known := make(map[string]bool, len(before))
	for i, id := range before {
		j, found := rowAfter[id]
		if !found {
			return nil, &MismatchError{ID: id, Reason: "is missing after"}
		}
		if reason := differ(i, j); reason != "" {
			return nil, &MismatchError{ID: id, Reason: reason}
		}
		rows[i] = j
		known[id] = true
	}
	for _, id := range after {
		if !known[id] {
			return nil, &MismatchError{ID: id, Reason: "is missing before"}
		}
	}
	return rows, nil
}
