package metrics

import (
	"fmt"
	"math"
	"sort"
)

// DefaultBins is the number of bins of [Metrics.Calibration], that of Guo et
// al.
const DefaultBins = 15

// Calibration measures the agreement of a classifier's probabilities with its accuracy.
type Calibration struct {
	// ECE is the expected calibration error (Guo et al. 2017,
	// arXiv:1706.04599): the mean over the examples of the absolute difference between
	// confidence and accuracy in the example's bin.
	ECE float64 `json:"ece"`
	// Brier is the mean squared error of the probabilities (Brier 1950). With two classes it
	// uses the probability of class 1 and is 0 to 1. With more classes it is the sum over an
	// example's probabilities, 0 to 2. scikit-learn defines it in the same way.
	Brier float64 `json:"brier"`
	// Bins are the bins of a reliability diagram.
	Bins []CalibrationBin `json:"bins"`
}

// CalibrationBin summarizes the examples with a confidence (the probability of the predicted
// class) above Low and at most High.
type CalibrationBin struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Examples   int     `json:"examples"`
	Confidence float64 `json:"confidence"` // mean; 0 if the bin is empty
	Accuracy   float64 `json:"accuracy"`   // share of right answers; 0 if the bin is empty
}

// Calibrate measures the calibration in bins of equal width between 0 and 1.
func Calibrate(p *Predictions, bins int) (*Calibration, error) {
	if bins < 1 {
		return nil, fmt.Errorf("calibration in %d bins: expected at least 1", bins)
	}
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	c := a.calibration(bins)
	return &c, nil
}

func (a *answers) calibration(bins int) Calibration {
	c := newBins(bins)
	for i := range a.Labels {
		c.add(a.row(i)[a.chosen[i]], a.right(i))
		c.Brier += a.squaredError(i) / float64(a.Len())
	}
	c.finish(a.Len())
	return c
}

// newBins returns a calibration with empty bins of equal width.
func newBins(bins int) Calibration {
	c := Calibration{Bins: make([]CalibrationBin, bins)}
	for b := range c.Bins {
		c.Bins[b].Low = float64(b) / float64(bins)
		c.Bins[b].High = float64(b+1) / float64(bins)
	}
	return c
}

// add adds a probability and whether it was right to its bin.
func (c *Calibration) add(confidence float64, right bool) {
	at := sort.Search(len(c.Bins)-1, func(b int) bool { return confidence <= c.Bins[b].High })
	bin := &c.Bins[at]
	bin.Examples++
	bin.Confidence += confidence
	if right {
		bin.Accuracy++
	}
}

// finish turns the sums of the bins into means, and computes the ECE of n probabilities.
func (c *Calibration) finish(n int) {
	for b := range c.Bins {
		bin := &c.Bins[b]
		if bin.Examples == 0 {
			continue
		}
		bin.Confidence /= float64(bin.Examples)
		bin.Accuracy /= float64(bin.Examples)
		c.ECE += math.Abs(bin.Accuracy-bin.Confidence) * float64(bin.Examples) / float64(n)
	}
}

// squaredError is an example's part in the Brier score.
func (a *answers) squaredError(i int) float64 {
	if a.classes == 2 {
		d := a.row(i)[1] - float64(a.Labels[i])
		return d * d
	}
	sum := 0.0
	for class, v := range a.row(i) {
		if class == a.Labels[i] {
			v--
		}
		sum += v * v
	}
	return sum
}
