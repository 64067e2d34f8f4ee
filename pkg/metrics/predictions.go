package metrics

import (
	"fmt"
	"math"
)

// Predictions are a classifier's answers to a set of examples.
type Predictions struct {
	Classes []string // the classes' names, at least two, in the order of the columns below
	IDs     []string // one per example, each its own; [Measure] does without, [Compare] needs them
	Labels  []int    // the right class of each example

	// One of the two is given, the other nil: [examples, classes], row by row.
	Logits        []float32 // unnormalised scores; softmax makes probabilities of them
	Probabilities []float32 // 0 to 1, each row summing to 1
}

// ExampleError reports an example with an unusable prediction.
type ExampleError struct {
	Index int    // its row
	ID    string // "" if the predictions have no IDs
	Err   error  // the value found and the expected value
}

// Error implements error.
func (e *ExampleError) Error() string {
	if e.ID != "" {
		return fmt.Sprintf("predictions: example %d (%s): %v", e.Index, e.ID, e.Err)
	}
	return fmt.Sprintf("predictions: example %d: %v", e.Index, e.Err)
}

// Unwrap returns the cause.
func (e *ExampleError) Unwrap() error { return e.Err }

// Len is the number of examples.
func (p *Predictions) Len() int { return len(p.Labels) }

// Select returns the predictions of the examples with the given numbers, in their order.
func (p *Predictions) Select(examples ...int) *Predictions {
	k := len(p.Classes)
	out := &Predictions{Classes: p.Classes, IDs: selected(p.IDs, 1, examples), Labels: selected(p.Labels, 1, examples)}
	out.Logits, out.Probabilities = selected(p.Logits, k, examples), selected(p.Probabilities, k, examples)
	return out
}

// Validate returns the first error in the predictions. It is an *ExampleError for an error in
// one example: a label out of range, a missing or duplicate ID, a value that is not finite, or
// a row of probabilities with a sum that differs from 1 by more than 0.001. Other errors are
// about sizes or classes.
func (p *Predictions) Validate() error {
	if p == nil {
		return errNoExamples
	}
	n, k := len(p.Labels), len(p.Classes)
	if err := checkClasses(p.Classes, 2); err != nil {
		return err
	}
	if err := checkScores(p.Logits, p.Probabilities, n, k); err != nil {
		return err
	}
	if p.IDs != nil && len(p.IDs) != n {
		return fmt.Errorf("predictions: %d IDs for %d labels", len(p.IDs), n)
	}
	seen := make(map[string]int, len(p.IDs))
	for i := range n {
		if err := p.validateExample(i, seen); err != nil {
			return &ExampleError{Index: i, ID: idAt(p.IDs, i), Err: err}
		}
	}
	return nil
}

func (p *Predictions) validateExample(i int, seen map[string]int) error {
	k := len(p.Classes)
	if label := p.Labels[i]; label < 0 || label >= k {
		return fmt.Errorf("label %d, expected 0 to %d", label, k-1)
	}
	if err := checkID(p.IDs, i, seen); err != nil {
		return err
	}
	if p.Logits != nil {
		return checkLogits(p.Logits[i*k : i*k+k])
	}
	row := p.Probabilities[i*k : i*k+k]
	if err := checkProbabilities(row); err != nil {
		return err
	}
	sum := 0.0
	for _, v := range row {
		sum += float64(v)
	}
	if math.Abs(sum-1) > 1e-3 {
		return fmt.Errorf("its probabilities sum to %v, expected 1", sum)
	}
	return nil
}

// Confidences are the probabilities of the answers that were given: [examples].
func (p *Predictions) Confidences() ([]float64, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	out := make([]float64, p.Len())
	for i := range out {
		out[i] = a.row(i)[a.chosen[i]]
	}
	return out, nil
}

// Answers are the class that each example is given, the first of the most probable ones,
// and the probabilities of all classes, a row per example.
func (p *Predictions) Answers() (chosen []int, probabilities [][]float64, err error) {
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

// answers are validated predictions, in float64 and with the choice made.
type answers struct {
	*Predictions
	classes       int
	probabilities []float64 // [examples, classes]
	chosen        []int     // the most probable class, the first of several
	losses        []float64 // cross-entropy of each example, nats
}

// answers validates the predictions and computes the inputs of the metrics.
func (p *Predictions) answers() (*answers, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return p.answersAt(1), nil
}

// answersAt computes the inputs of the metrics for logits that are divided by a temperature. The
// predictions are valid.
func (p *Predictions) answersAt(temperature float64) *answers {
	n, k := p.Len(), len(p.Classes)
	a := &answers{
		Predictions: p, classes: k,
		probabilities: make([]float64, n*k), chosen: make([]int, n), losses: make([]float64, n),
	}
	logits := make([]float64, k)
	for i, label := range p.Labels {
		row := a.row(i)
		if p.Logits != nil || temperature != 1 {
			p.logits(i, logits)
			a.chosen[i] = Argmax(logits)
			for class := range logits {
				logits[class] /= temperature
			}
			a.losses[i] = softmax(logits, row, label)
			continue
		}
		for class, v := range p.Probabilities[i*k : i*k+k] {
			row[class] = float64(v)
		}
		a.losses[i] = -math.Log(min(max(row[label], float32Epsilon), 1-float32Epsilon))
		a.chosen[i] = Argmax(row)
	}
	return a
}

// logits fills in the logits of an example. Of probabilities they are the logarithms; 0 counts as
// float32Epsilon.
func (p *Predictions) logits(i int, out []float64) {
	k := len(p.Classes)
	for class := range out {
		if p.Logits != nil {
			out[class] = float64(p.Logits[i*k+class])
		} else {
			out[class] = math.Log(max(float64(p.Probabilities[i*k+class]), float32Epsilon))
		}
	}
}

// float32Epsilon keeps the loss of a probability of 0 finite, as scikit-learn's
// log_loss does for float32.
const float32Epsilon = 0x1p-23

// row returns the probabilities of an example.
func (a *answers) row(i int) []float64 { return a.probabilities[i*a.classes : (i+1)*a.classes] }

func (a *answers) right(i int) bool { return a.chosen[i] == a.Labels[i] }

// softmax fills probabilities from logits and returns -log of the label's one.
// The largest logit is taken out first, so that no exponential overflows.
func softmax(logits, probabilities []float64, label int) (loss float64) {
	top := logits[Argmax(logits)]
	sum := 0.0
	for class, v := range logits {
		probabilities[class] = math.Exp(v - top)
		sum += probabilities[class]
	}
	for class := range probabilities {
		probabilities[class] /= sum
	}
	return math.Log(sum) - (logits[label] - top)
}

// Argmax is the index of the greatest value, the first of several.
func Argmax[T float32 | float64](values []T) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}
