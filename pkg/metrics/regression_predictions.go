package metrics

import (
	"fmt"
	"math"

	"github.com/lorabook/lorabook/internal/finite"
)

// RegressionPredictions are a model's numbers for a set of examples.
type RegressionPredictions struct {
	IDs     []string  // one per example, each its own; [MeasureRegression] does without, [CompareRegression] needs them
	Values  []float64 // the right number of each example
	Answers []float64 // the model's number for each
}

// Len is the number of examples.
func (p *RegressionPredictions) Len() int { return len(p.Values) }

// Validate returns the first error in the predictions. It is an *ExampleError for an error in
// one example: a missing or duplicate ID, or a number that is not finite or beyond 1e150, whose
// square is not finite.
func (p *RegressionPredictions) Validate() error {
	if p == nil {
		return errNoExamples
	}
	n := len(p.Values)
	if n == 0 {
		return errNoExamples
	}
	if len(p.Answers) != n {
		return fmt.Errorf("predictions: %d answers for %d values", len(p.Answers), n)
	}
	if p.IDs != nil && len(p.IDs) != n {
		return fmt.Errorf("predictions: %d IDs for %d values", len(p.IDs), n)
	}
	seen := make(map[string]int, len(p.IDs))
	for i := range n {
		err := checkID(p.IDs, i, seen)
		if err == nil {
			err = checkNumber("value", p.Values[i])
		}
		if err == nil {
			err = checkNumber("answer", p.Answers[i])
		}
		if err != nil {
			return &ExampleError{Index: i, ID: idAt(p.IDs, i), Err: err}
		}
	}
	return nil
}

func checkNumber(what string, v float64) error {
	if !(math.Abs(v) <= 1e150) {
		return fmt.Errorf("its %s is %v, %w of at most 1e150", what, v, finite.ErrNotFinite)
	}
	return nil
}
