package metrics

import "github.com/lorabook/lorabook/pkg/significance"

// Metrics are the evaluation results of a classifier. They agree with scikit-learn's on the
// same probabilities; none of them is NaN.
type Metrics struct {
	Examples         int                   `json:"examples"`
	Accuracy         float64               `json:"accuracy"`          // share of right answers, 0 to 1
	AccuracyInterval significance.Interval `json:"accuracy_interval"` // [significance.Wilson], 95 %
	Loss             float64               `json:"loss"`              // mean cross-entropy, nats
	// F1 of class 1, the positive one; nil unless there are two classes.
	F1 *float64 `json:"f1,omitempty"`
	// MacroF1 is the mean of the classes' F1, each class counting the same.
	MacroF1 float64 `json:"macro_f1"`
	// WeightedF1 is the mean of the classes' F1, weighted by their numbers of examples; nil in
	// results of earlier versions.
	WeightedF1 *float64 `json:"weighted_f1,omitempty"`
	// ROCAUC is, for two classes, the area under the curve of class 1, which equals that of
	// class 0. For more classes it is the mean of the one-vs-rest areas.
	ROCAUC  AUC            `json:"roc_auc"`
	Classes []ClassMetrics `json:"classes"` // in the order of the classes
	// Confusion counts the examples: Confusion[right][answered].
	Confusion   [][]int     `json:"confusion"`
	Calibration Calibration `json:"calibration"` // in [DefaultBins] bins
}

// ClassMetrics are the metrics of one class against the rest.
type ClassMetrics struct {
	Name     string `json:"name"`
	Support  int    `json:"support"`  // examples of this class
	Answered int    `json:"answered"` // examples that were answered with it
	// Precision is the share of right ones among those answered with the
	// class, Recall that among those of the class, F1 their harmonic mean.
	// With a denominator of 0 they are 0, as in scikit-learn.
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	ROCAUC    AUC     `json:"roc_auc"`
}

// Measure works out the metrics. The answer to an example is its most probable
// class, the first of several. The error is that of [Predictions.Validate].
func Measure(p *Predictions) (*Metrics, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	n := p.Len()
	m := &Metrics{Examples: n, Confusion: a.confusion()}
	right := 0
	for i := range n {
		if a.right(i) {
			right++
		}
		m.Loss += a.losses[i] / float64(n)
	}
	m.Accuracy = float64(right) / float64(n)
	if m.AccuracyInterval, err = significance.Wilson(right, n, 0.95); err != nil {
		return nil, err
	}
	for class, name := range p.Classes {
		c := classMetrics(m.Confusion, class)
		c.Name = name
		c.ROCAUC = a.auc(class)
		m.Classes = append(m.Classes, c)
		m.MacroF1 += c.F1 / float64(len(p.Classes))
	}
	if len(p.Classes) == 2 {
		m.F1 = &m.Classes[1].F1
	}
	weighted := m.weightedF1()
	m.WeightedF1 = &weighted
	m.ROCAUC = meanAUC(m.Classes)
	m.Calibration = a.calibration(DefaultBins)
	return m, nil
}

// weightedF1 computes WeightedF1 from the classes, which results of earlier versions have too.
func (m *Metrics) weightedF1() float64 {
	sum := 0.0
	for _, c := range m.Classes {
		sum += c.F1 * float64(c.Support) / float64(m.Examples)
	}
	return sum
}

// confusion counts examples by right class and answer: [classes][classes].
func (a *answers) confusion() [][]int {
	table := make([][]int, a.classes)
	for class := range table {
		table[class] = make([]int, a.classes)
	}
	for i, label := range a.Labels {
		table[label][a.chosen[i]]++
	}
	return table
}

func classMetrics(confusion [][]int, class int) ClassMetrics {
	var c ClassMetrics
	for other := range confusion {
		c.Support += confusion[class][other]
		c.Answered += confusion[other][class]
	}
	hits := confusion[class][class]
	c.Precision = share(hits, c.Answered)
	c.Recall = share(hits, c.Support)
	c.F1 = share(2*hits, c.Support+c.Answered)
	return c
}

// share returns part/whole, and 0 if whole is 0.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
