package metrics_test

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// The same 40 examples before, where every second is right, and after, where
// all but one are.
func ExampleCompare() {
	before := &metrics.Predictions{Classes: []string{"neg", "pos"}}
	after := &metrics.Predictions{Classes: before.Classes}
	for i := range 40 {
		label := i / 2 % 2
		answer := func(right bool) []float32 {
			if right == (label == 1) {
				return []float32{0.1, 0.9}
			}
			return []float32{0.9, 0.1}
		}
		for _, p := range []*metrics.Predictions{before, after} {
			p.IDs = append(p.IDs, fmt.Sprintf("review %d", i))
			p.Labels = append(p.Labels, label)
		}
		before.Probabilities = append(before.Probabilities, answer(i%2 == 0)...)
		after.Probabilities = append(after.Probabilities, answer(i != 4)...)
	}
	c, err := metrics.Compare(context.Background(), before, after, significance.Bootstrap{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f %% before, %.1f %% after, %d fixed, %d broken\n", 100*c.AccuracyBefore, 100*c.AccuracyAfter, c.Fixed, c.Broken)
	fmt.Printf("McNemar's test: p = %.6f\n", c.Test.PValue)
	last := c.Flips[len(c.Flips)-1]
	fmt.Printf("most lost: %s, from %.1f to %.1f\n", last.ID, last.ProbabilityBefore, last.ProbabilityAfter)
	// Output:
	// 50.0 % before, 97.5 % after, 20 fixed, 1 broken
	// McNemar's test: p = 0.000021
	// most lost: review 4, from 0.9 to 0.1
}
