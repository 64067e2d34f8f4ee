package metrics

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/internal/finite"
)

// The checks that the predictions of several tasks share.

// checkClasses refuses fewer classes than least, and two of one name.
func checkClasses(classes []string, least int) error {
	if len(classes) < least {
		return fmt.Errorf("predictions: %d classes, expected at least %d", len(classes), least)
	}
	seen := make(map[string]int, len(classes))
	for i, name := range classes {
		if j, twice := seen[name]; twice {
			return fmt.Errorf("predictions: classes %d and %d are both named %q", j, i, name)
		}
		seen[name] = i
	}
	return nil
}

// checkScores refuses predictions without examples, or with other than one value for each of n
// examples and k classes.
func checkScores(logits, probabilities []float32, n, k int) error {
	if n == 0 {
		return errNoExamples
	}
	if (logits == nil) == (probabilities == nil) {
		return fmt.Errorf("predictions: expected either logits or probabilities, found %d and %d of them", len(logits), len(probabilities))
	}
	if values := len(logits) + len(probabilities); values != n*k {
		return fmt.Errorf("predictions: %d values for %d examples of %d classes, expected %d", values, n, k, n*k)
	}
	return nil
}

var errNoExamples = errors.New("predictions: no examples")

// checkID refuses an empty ID, and one that an earlier example has. It adds the ID to seen.
func checkID(ids []string, i int, seen map[string]int) error {
	if ids == nil {
		return nil
	}
	id := ids[i]
	if id == "" {
		return fmt.Errorf("its ID is empty")
	}
	if j, twice := seen[id]; twice {
		return fmt.Errorf("its ID is that of example %d too", j)
	}
	seen[id] = i
	return nil
}

// idAt returns the ID of an example, or "" if there are none.
func idAt(ids []string, i int) string {
	if i < len(ids) {
		return ids[i]
	}
	return ""
}

func checkLogits(row []float32) error {
	for class, v := range row {
		if !finite.Number(float64(v)) {
			return fmt.Errorf("the logit of class %d is %v, %w", class, v, finite.ErrNotFinite)
		}
	}
	return nil
}

func checkProbabilities(row []float32) error {
	for class, v := range row {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("the probability of class %d is %v, expected 0 to 1", class, v)
		}
	}
	return nil
}
