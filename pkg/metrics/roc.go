package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// ROC is a receiver operating characteristic: the true positive rate of a class over the false
// positive rate, with a decreasing threshold on the class's score. It starts at (0, 0) and ends
// at (1, 1); the area below it is the [AUC].
type ROC struct {
	FalsePositives []float64 // share of the rest above each threshold, ascending
	TruePositives  []float64 // share of the class above it
}

// ROC is the characteristic of one class, by its number, against the rest. Examples of
// one class alone have none, which is an error, as are predictions that do not validate.
func (p *Predictions) ROC(class int) (*ROC, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	if class < 0 || class >= len(p.Classes) {
		return nil, fmt.Errorf("ROC of class %d, expected 0 to %d", class, len(p.Classes)-1)
	}
	roc, reason := a.roc(class)
	if roc == nil {
		return nil, fmt.Errorf("ROC of class %s: %s", p.Classes[class], reason)
	}
	return roc, nil
}

// roc is nil with a reason if the class has no curve.
func (a *answers) roc(class int) (_ *ROC, reason string) {
	return newROC(a.Classes[class], a.Len(),
		func(i int) float64 { return a.score(i, class) }, func(i int) bool { return a.Labels[i] == class })
}

// newROC returns the curve of a class from each example's score and whether it has the class. It
// is nil with a reason if all have it, or none.
func newROC(class string, n int, score func(i int) float64, has func(i int) bool) (_ *ROC, reason string) {
	scores, positive := make([]float64, n), make([]bool, n)
	count := 0
	for i := range n {
		scores[i], positive[i] = score(i), has(i)
		if positive[i] {
			count++
		}
	}
	switch count {
	case 0:
		return nil, fmt.Sprintf("no example is of class %s", class)
	case n:
		return nil, fmt.Sprintf("every example is of class %s", class)
	}
	stat.SortWeightedLabeled(scores, positive, nil)
	tpr, fpr, _ := stat.ROC(nil, scores, positive, nil)
	// The library's rates have rounding errors, such as a first rate of 1e-16: every rate is an
	// integer number of examples divided by the total.
	for i := range fpr {
		tpr[i] = math.Round(tpr[i]*float64(count)) / float64(count)
		fpr[i] = math.Round(fpr[i]*float64(n-count)) / float64(n-count)
	}
	return &ROC{FalsePositives: fpr, TruePositives: tpr}, ""
}
