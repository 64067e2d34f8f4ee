package metrics

import (
	"cmp"
	"math"
	"slices"
)

// FittedThreshold is the decision threshold of a class, fitted on validation predictions.
type FittedThreshold struct {
	Class     string  `json:"class"`
	Threshold float64 `json:"threshold"`
	F1        float64 `json:"f1"`               // of the validation predictions at Threshold
	F1AtHalf  float64 `json:"f1_at_half"`       // the same at 0.5
	Support   int     `json:"support"`          // validation examples of the class
	Reason    string  `json:"reason,omitempty"` // why it was not fitted and is 0.5
}

// FitThresholds returns for each class the threshold at which its F1 on the validation
// predictions is greatest, for [MultiLabelPredictions].Thresholds of the test predictions.
//
// Between two neighbouring probabilities every threshold decides in the same way. If the best
// thresholds include 0.5, it is 0.5; otherwise it is the middle between two neighbouring
// probabilities (or 0 and the lowest one). Of several such middles with the same F1 it is the
// one nearest to 0.5, of equally near ones the higher. A class without validation examples keeps
// 0.5, for a stated reason. p.Thresholds are ignored. The error is that of
// [MultiLabelPredictions.Validate].
//
// A fitted F1 is too good an estimate: measure the thresholds on other examples.
func FitThresholds(p *MultiLabelPredictions) ([]FittedThreshold, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	fitted := make([]FittedThreshold, len(p.Classes))
	for class, name := range p.Classes {
		fitted[class] = a.fitThreshold(class)
		fitted[class].Class = name
	}
	return fitted, nil
}

func (a *multiLabelAnswers) fitThreshold(class int) FittedThreshold {
	type scored struct {
		probability float64
		has         bool
	}
	f := FittedThreshold{Threshold: 0.5}
	examples := make([]scored, a.Len())
	halfHits, half := 0, 0
	for i := range examples {
		e := scored{a.row(i)[class], slices.Contains(a.Labels[i], class)}
		examples[i] = e
		if e.has {
			f.Support++
		}
		if e.probability >= 0.5 {
			half++
			if e.has {
				halfHits++
			}
		}
	}
	f.F1AtHalf = share(2*halfHits, f.Support+half)
	f.F1 = f.F1AtHalf
	if f.Support == 0 {
		f.Reason = "no validation example is of this class"
		return f
	}
	slices.SortFunc(examples, func(x, y scored) int { return cmp.Compare(y.probability, x.probability) })
	hits := 0
	for i, e := range examples {
		if e.has {
			hits++
		}
		low := 0.0
		if i+1 < len(examples) {
			low = examples[i+1].probability
		}
		// All thresholds above low and at most e.probability decide alike.
		if low == e.probability || low >= 0.5 && e.probability == 1 && math.Nextafter(low, 1) == 1 {
			continue
		}
		threshold := low + (e.probability-low)/2
		if threshold == low {
			threshold = e.probability
		}
		if low < 0.5 && e.probability >= 0.5 {
			threshold = 0.5
		}
		f1 := share(2*hits, f.Support+i+1)
		if f1 > f.F1 || f1 == f.F1 && math.Abs(threshold-0.5) < math.Abs(f.Threshold-0.5) {
			f.Threshold, f.F1 = threshold, f1
		}
	}
	return f
}
