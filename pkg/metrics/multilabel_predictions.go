package metrics

import (
	"fmt"
	"math"
	"slices"
)

// MultiLabelPredictions are the answers of a classifier that gives each example any number of
// classes, none included.
type MultiLabelPredictions struct {
	Classes []string // the classes' names, at least one, in the order of the columns below
	IDs     []string // one per example, each its own; [MeasureMultiLabel] does without, [CompareMultiLabel] needs them
	Labels  [][]int  // the right classes of each example, as ascending indices; empty for none

	// One of the two is given, the other nil: [examples, classes], row by row.
	Logits        []float32 // unnormalised scores; the sigmoid of each is the class's probability
	Probabilities []float32 // 0 to 1, each class for itself

	// Thresholds decide: an example is given the classes with a probability of at least their
	// threshold, which is between 0 and 1. One per class; nil means 0.5 for each, where
	// probabilities of exactly 0.5 are given. See [FitThresholds].
	Thresholds []float64
}

// Len is the number of examples.
func (p *MultiLabelPredictions) Len() int { return len(p.Labels) }

// Validate returns the first error in the predictions, as [Predictions.Validate] does. It is an
// *ExampleError for an error in one example: labels that are out of range or not ascending, a
// missing or duplicate ID, or a value that is not finite or no probability.
func (p *MultiLabelPredictions) Validate() error {
	if p == nil {
		return errNoExamples
	}
	n, k := len(p.Labels), len(p.Classes)
	if err := checkClasses(p.Classes, 1); err != nil {
		return err
	}
	if err := checkScores(p.Logits, p.Probabilities, n, k); err != nil {
		return err
	}
	if p.IDs != nil && len(p.IDs) != n {
		return fmt.Errorf("predictions: %d IDs for %d examples", len(p.IDs), n)
	}
	if p.Thresholds != nil && len(p.Thresholds) != k {
		return fmt.Errorf("predictions: %d thresholds for %d classes", len(p.Thresholds), k)
	}
	for class, t := range p.Thresholds {
		if !(t > 0 && t < 1) {
			return fmt.Errorf("predictions: the threshold of class %s is %v, expected a number between 0 and 1", p.Classes[class], t)
		}
	}
	seen := make(map[string]int, len(p.IDs))
	for i := range n {
		if err := p.validateExample(i, seen); err != nil {
			return &ExampleError{Index: i, ID: idAt(p.IDs, i), Err: err}
		}
	}
	return nil
}

func (p *MultiLabelPredictions) validateExample(i int, seen map[string]int) error {
	k := len(p.Classes)
	for at, label := range p.Labels[i] {
		if label < 0 || label >= k {
			return fmt.Errorf("label %d, expected 0 to %d", label, k-1)
		}
		if at > 0 && label <= p.Labels[i][at-1] {
			return fmt.Errorf("its labels are %v, expected ascending ones, each once", p.Labels[i])
		}
	}
	if err := checkID(p.IDs, i, seen); err != nil {
		return err
	}
	if p.Logits != nil {
		return checkLogits(p.Logits[i*k : i*k+k])
	}
	return checkProbabilities(p.Probabilities[i*k : i*k+k])
}

// Answers are the classes that each example is given, as ascending indices, and the
// probabilities of all classes, a row per example.
func (p *MultiLabelPredictions) Answers() (chosen [][]int, probabilities [][]float64, err error) {
	a, err := p.answers()
	if err != nil {
		return nil, nil, err
	}
	probabilities = make([][]float64, p.Len())
	for i := range probabilities {
		probabilities[i] = a.row(i)
	}
	return a.chosen, probabilities, nil
}

// multiLabelAnswers are validated predictions, in float64 and with the decisions made.
type multiLabelAnswers struct {
	*MultiLabelPredictions
	classes       int
	probabilities []float64 // [examples, classes]
	chosen        [][]int   // ascending classes of each example
	loss          float64   // mean of all decisions, nats
}

// answers validates the predictions and computes the inputs of the metrics.
func (p *MultiLabelPredictions) answers() (*multiLabelAnswers, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	n, k := p.Len(), len(p.Classes)
	a := &multiLabelAnswers{MultiLabelPredictions: p, classes: k, probabilities: make([]float64, n*k), chosen: make([][]int, n)}
	for i := range n {
		a.chosen[i] = []int{}
		row := a.row(i)
		for class := range row {
			row[class] = p.probability(i*k + class)
			a.loss += p.loss(i*k+class, slices.Contains(p.Labels[i], class)) / float64(n*k)
			if row[class] >= p.threshold(class) {
				a.chosen[i] = append(a.chosen[i], class)
			}
		}
	}
	return a, nil
}

// row returns the probabilities of an example.
func (a *multiLabelAnswers) row(i int) []float64 {
	return a.probabilities[i*a.classes : (i+1)*a.classes]
}

// score ranks examples by how much they look like a class. Logits have no ties if probabilities
// round to 1.
func (a *multiLabelAnswers) score(i, class int) float64 {
	if a.Logits != nil {
		return float64(a.Logits[i*a.classes+class])
	}
	return a.row(i)[class]
}

func (p *MultiLabelPredictions) threshold(class int) float64 {
	if p.Thresholds == nil {
		return 0.5
	}
	return p.Thresholds[class]
}

// probability returns the value at an index of [examples, classes].
func (p *MultiLabelPredictions) probability(at int) float64 {
	if p.Logits != nil {
		return sigmoid(float64(p.Logits[at]))
	}
	return float64(p.Probabilities[at])
}

// loss returns the binary cross-entropy of one decision, as torch.nn.BCEWithLogitsLoss has it.
func (p *MultiLabelPredictions) loss(at int, right bool) float64 {
	if p.Logits != nil {
		logit := float64(p.Logits[at])
		if right {
			logit = -logit
		}
		return max(logit, 0) + math.Log1p(math.Exp(-math.Abs(logit)))
	}
	v := float64(p.Probabilities[at])
	if !right {
		v = 1 - v
	}
	return -math.Log(min(max(v, float32Epsilon), 1-float32Epsilon))
}

func sigmoid(logit float64) float64 { return 1 / (1 + math.Exp(-logit)) }
