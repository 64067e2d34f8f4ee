package metrics

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/significance"
)

// String is the measurement in four lines, for people.
func (m *Metrics) String() string {
	area := m.ROCAUC.String()
	if len(m.Classes) > 2 {
		area += ", mean of the classes, each against the rest"
	}
	percent := func(share float64) string { return numerals.Percent(share, m.Examples) }
	return fmt.Sprintf("accuracy  %s %% of %s, 95 %% interval %s to %s\nF1        macro %.3f, weighted by class size %.3f\nloss      %.3f nats\nROC AUC   %s",
		percent(m.Accuracy), numerals.Count(m.Examples), percent(m.AccuracyInterval.Low), percent(m.AccuracyInterval.High), m.MacroF1, m.weightedF1(), m.Loss, area)
}

// String is the comparison in three lines, for people.
func (c *Comparison) String() string {
	points := func(difference float64) string { return numerals.Points(difference, c.Examples) }
	return fmt.Sprintf("accuracy   %s %% before, %s %% after, on the same %s examples\ndifference %s points, %s\n%s: %s predictions became correct, %s became wrong",
		numerals.Percent(c.AccuracyBefore, c.Examples), numerals.Percent(c.AccuracyAfter, c.Examples), numerals.Count(c.Examples),
		points(c.Difference), c.Interval.Text(points), c.Test, numerals.Count(c.Fixed), numerals.Count(c.Broken))
}

// ClassNames are the names of the classes, in the order of the labels.
func (m *Metrics) ClassNames() []string {
	names := make([]string, len(m.Classes))
	for i, c := range m.Classes {
		names[i] = c.Name
	}
	return names
}

// Recalls returns the accuracy on all examples and then the recall of each class, 0 to 1, with
// 95 % Wilson intervals. classes are the indices of the classes; none means all. A class
// without examples is an error.
func (m *Metrics) Recalls(classes ...int) (shares []float64, intervals []significance.Interval, err error) {
	if len(classes) == 0 {
		for i := range m.Classes {
			classes = append(classes, i)
		}
	}
	shares, intervals = []float64{m.Accuracy}, []significance.Interval{m.AccuracyInterval}
	for _, i := range classes {
		if i < 0 || i >= len(m.Classes) {
			return nil, nil, fmt.Errorf("metrics: class %d: expected 0 to %d", i, len(m.Classes)-1)
		}
		class := m.Classes[i]
		interval, err := significance.Wilson(m.Confusion[i][i], class.Support, 0.95)
		if err != nil {
			return nil, nil, fmt.Errorf("class %s: %w", class.Name, err)
		}
		shares, intervals = append(shares, class.Recall), append(intervals, interval)
	}
	return shares, intervals, nil
}
