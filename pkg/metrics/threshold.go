package metrics

import "fmt"

// ThresholdCounts are the counts of the decisions for a class at a threshold: an example is
// predicted as the class if its probability of the class is at least the threshold.
type ThresholdCounts struct {
	Threshold      float64
	TruePositives  int // of the class, and predicted as it
	FalsePositives int // not of the class, but predicted as it
	FalseNegatives int // of the class, but not predicted as it
	TrueNegatives  int // neither
}

// Examples is the number of all examples.
func (c ThresholdCounts) Examples() int {
	return c.TruePositives + c.FalsePositives + c.FalseNegatives + c.TrueNegatives
}

// Right is the number of right decisions.
func (c ThresholdCounts) Right() int { return c.TruePositives + c.TrueNegatives }

// Accuracy is the share of right decisions.
func (c ThresholdCounts) Accuracy() float64 { return share(c.Right(), c.Examples()) }

// Precision is the share of examples of the class among those predicted as it; 0 if there are
// none, as in scikit-learn.
func (c ThresholdCounts) Precision() float64 {
	return share(c.TruePositives, c.TruePositives+c.FalsePositives)
}

// Recall is the share of the class's examples that are predicted as it; 0 if there are none.
func (c ThresholdCounts) Recall() float64 {
	return share(c.TruePositives, c.TruePositives+c.FalseNegatives)
}

// F1 is the harmonic mean of precision and recall; 0 if there are no true positives.
func (c ThresholdCounts) F1() float64 {
	return share(2*c.TruePositives, 2*c.TruePositives+c.FalsePositives+c.FalseNegatives)
}

// AtThresholds counts the decisions for a class, by its index, at each threshold. With two
// classes and the threshold 0.5 the decisions are the predictions, except for equal
// probabilities, which are the first class in [Measure]. The error is that of
// [Predictions.Validate], or names a class that does not exist.
func (p *Predictions) AtThresholds(class int, thresholds ...float64) ([]ThresholdCounts, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	if class < 0 || class >= len(p.Classes) {
		return nil, fmt.Errorf("thresholds: class %d, expected 0 to %d", class, len(p.Classes)-1)
	}
	return countThresholds(thresholds, len(p.Labels), func(row int) (float64, bool) { return a.row(row)[class], p.Labels[row] == class }), nil
}

// countThresholds counts the decisions at each threshold. decision returns the probability of the
// class for an example, and whether the example has the class.
func countThresholds(thresholds []float64, examples int, decision func(row int) (float64, bool)) []ThresholdCounts {
	counts := make([]ThresholdCounts, len(thresholds))
	for i, threshold := range thresholds {
		c := &counts[i]
		c.Threshold = threshold
		for row := range examples {
			probability, has := decision(row)
			switch positive := probability >= threshold; {
			case positive && has:
				c.TruePositives++
			case positive:
				c.FalsePositives++
			case has:
				c.FalseNegatives++
			default:
				c.TrueNegatives++
			}
		}
	}
	return counts
}
