package metrics

import (
	"fmt"
	"slices"
	"sort"
)

// MacroROC is the mean of the classes' characteristics, each class against the rest: at
// every false positive rate the mean of the true positive rates (scikit-learn's
// one-vs-rest macro average). The area below it is the mean of the classes' areas.
//
// A class without a characteristic is left out of the mean, and its reason is returned.
// It is an error if no class has one, as are predictions that do not validate.
func (p *Predictions) MacroROC() (mean *ROC, leftOut []string, err error) {
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

// macroROC returns the mean of the curves. leftOut are the reasons of classes without one.
func macroROC(curves []*ROC, leftOut []string) (*ROC, error) {
	if len(curves) == 0 {
		return nil, fmt.Errorf("macro average ROC: %s", leftOut[0])
	}
	var rates []float64
	for _, c := range curves {
		rates = append(rates, c.FalsePositives...)
	}
	slices.Sort(rates)
	mean := &ROC{}
	last := 0.0
	add := func(rate, sum float64) {
		// Interpolation may miss by a rounding error; the curve neither falls nor leaves 0 to 1.
		last = min(1, max(last, sum/float64(len(curves))))
		mean.FalsePositives = append(mean.FalsePositives, rate)
		mean.TruePositives = append(mean.TruePositives, last)
	}
	for _, rate := range slices.Compact(rates) {
		low, high := 0.0, 0.0
		for _, c := range curves {
			l, h := c.truePositiveRates(rate)
			low, high = low+l, high+h
		}
		add(rate, low)
		if high > low { // the curve of a class rises straight up here
			add(rate, high)
		}
	}
	return mean, nil
}

// truePositiveRates returns the lowest and the highest true positive rate at a false positive
// rate; they differ on vertical parts of the curve.
func (c *ROC) truePositiveRates(rate float64) (low, high float64) {
	x, y := c.FalsePositives, c.TruePositives
	first := sort.Search(len(x), func(i int) bool { return x[i] >= rate })
	if x[first] > rate {
		part := (rate - x[first-1]) / (x[first] - x[first-1])
		between := y[first-1] + part*(y[first]-y[first-1])
		return between, between
	}
	last := first
	for last+1 < len(x) && x[last+1] == rate {
		last++
	}
	return y[first], y[last]
}
