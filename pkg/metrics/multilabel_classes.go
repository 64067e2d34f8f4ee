package metrics

import (
	"fmt"
	"slices"
)

// Each class of several that an example may have is a question of its own. The functions of this
// file answer it as those of [Predictions] do for one class against the rest.

// ROC is the characteristic of one class, by its number, against its absence. It is an error if
// every example has the class, or none, as are predictions that do not validate.
func (p *MultiLabelPredictions) ROC(class int) (*ROC, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	if err := p.checkClass("ROC", class); err != nil {
		return nil, err
	}
	roc, reason := a.roc(class)
	if roc == nil {
		return nil, fmt.Errorf("ROC of class %s: %s", p.Classes[class], reason)
	}
	return roc, nil
}

func (p *MultiLabelPredictions) checkClass(what string, class int) error {
	if class < 0 || class >= len(p.Classes) {
		return fmt.Errorf("%s: class %d, expected 0 to %d", what, class, len(p.Classes)-1)
	}
	return nil
}

// roc is nil with a reason if the class has no curve.
func (a *multiLabelAnswers) roc(class int) (_ *ROC, reason string) {
	return newROC(a.Classes[class], a.Len(),
		func(i int) float64 { return a.score(i, class) }, func(i int) bool { return slices.Contains(a.Labels[i], class) })
}

// MacroROC is the mean of the classes' characteristics, as [Predictions.MacroROC].
func (p *MultiLabelPredictions) MacroROC() (mean *ROC, leftOut []string, err error) {
	a, err := p.answers()
	if err != nil {
		return nil, nil, err
	}
	var curves []*ROC
	for class := range p.Classes {
		if roc, reason := a.roc(class); roc != nil {
			curves = append(curves, roc)
		} else {
			leftOut = append(leftOut, reason)
		}
	}
	if mean, err = macroROC(curves, leftOut); err != nil {
		return nil, nil, err
	}
	return mean, leftOut, nil
}

// AtThresholds counts the decisions for a class, by its index, at each threshold. The thresholds
// of the predictions play no part. The error is that of [MultiLabelPredictions.Validate], or names
// a class that does not exist.
func (p *MultiLabelPredictions) AtThresholds(class int, thresholds ...float64) ([]ThresholdCounts, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	if err := p.checkClass("thresholds", class); err != nil {
		return nil, err
	}
	return countThresholds(thresholds, p.Len(), func(row int) (float64, bool) {
		return a.row(row)[class], slices.Contains(p.Labels[row], class)
	}), nil
}

// Calibrate measures the calibration of the probabilities of all examples and classes, in bins of
// equal width between 0 and 1. Confidence is the mean probability in a bin, Accuracy the share of
// its decisions where the example has the class, Examples the number of its decisions, and Brier
// the mean squared error. The error is that of [MultiLabelPredictions.Validate], or about bins.
func (p *MultiLabelPredictions) Calibrate(bins int) (*Calibration, error) {
	if bins < 1 {
		return nil, fmt.Errorf("calibration in %d bins: expected at least 1", bins)
	}
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	c := newBins(bins)
	n := len(a.probabilities)
	for i := range p.Len() {
		for class, probability := range a.row(i) {
			right := 0.0
			if slices.Contains(p.Labels[i], class) {
				right = 1
			}
			c.add(probability, right == 1)
			c.Brier += square(probability-right) / float64(n)
		}
	}
	c.finish(n)
	return &c, nil
}

// Select returns the predictions of the examples with the given numbers, in their order.
func (p *MultiLabelPredictions) Select(examples ...int) *MultiLabelPredictions {
	k := len(p.Classes)
	out := &MultiLabelPredictions{Classes: p.Classes, Thresholds: p.Thresholds, IDs: selected(p.IDs, 1, examples), Labels: selected(p.Labels, 1, examples)}
	out.Logits, out.Probabilities = selected(p.Logits, k, examples), selected(p.Probabilities, k, examples)
	return out
}

// Select returns the predictions of the examples with the given numbers, in their order.
func (p *RegressionPredictions) Select(examples ...int) *RegressionPredictions {
	return &RegressionPredictions{IDs: selected(p.IDs, 1, examples), Values: selected(p.Values, 1, examples), Answers: selected(p.Answers, 1, examples)}
}

// selected returns rows of the given width; nil of nil.
func selected[T any](values []T, width int, rows []int) (out []T) {
	if values == nil {
		return nil
	}
	for _, row := range rows {
		out = append(out, values[row*width:(row+1)*width]...)
	}
	return out
}
