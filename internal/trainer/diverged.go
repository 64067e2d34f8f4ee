package trainer

import (
	"errors"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
)

// ErrDiverged is matched by the error of a training whose loss, gradient or weights are no longer
// finite.
var ErrDiverged = errors.New("training diverged")

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// checkUpdate returns an error that matches ErrDiverged if the numbers of a step are not finite. The
// step has changed the variables; the checkpoint and the best state on disk come from earlier steps.
func (t *Trainer) checkUpdate(loss, norm float64) error {
	switch {
	case !finite(loss):
		return t.diverged(fmt.Sprintf("the loss is %v", loss))
	case !finite(norm):
		return t.diverged(fmt.Sprintf("the norm of the gradient is %v", norm))
	}
	return nil
}

// checkEvaluation replaces the error of an evaluation, or its loss that is not finite, by one that
// matches ErrDiverged if trained tensors are not finite, since they are the cause.
func (t *Trainer) checkEvaluation(result Result, err error) error {
	if err == nil && finite(result.Loss) {
		return nil
	}
	count, _, _ := t.notFinite()
	switch {
	case count > 0 && err != nil:
		return t.diverged(fmt.Sprintf("the evaluation after step %d failed (%v)", t.Position.Step, err))
	case count > 0:
		return t.diverged(fmt.Sprintf("the loss of the evaluation after step %d is %v", t.Position.Step, result.Loss))
	}
	return err
}

// diverged describes the state of the trained tensors, and the settings to lower.
func (t *Trainer) diverged(found string) error {
	text := found
	if count, of, first := t.notFinite(); count > 0 {
		text += fmt.Sprintf(", and %d of %d trained tensors are not finite, the first %s", count, of, first)
	}
	lower := fmt.Sprintf("try a lower learning_rate than %g", t.Optimizer.LearningRate)
	if decay := t.Optimizer.WeightDecay; decay > 1 {
		lower += fmt.Sprintf(" or a lower weight_decay than %g", decay)
	}
	return fmt.Errorf("%w: %s: %s, or of an adapter a lower lora_alpha", ErrDiverged, text, lower)
}

// notFinite counts the trained tensors with values that are not finite, and names the first.
func (t *Trainer) notFinite() (count, of int, first string) {
	for v := range t.Store.IterVariables() {
		if !v.Trainable {
			continue
		}
		of++
		if values, err := floats.Read(v); err == nil && !floats.Finite(values) {
			if count++; count == 1 {
				first = dotted.Name(v.Path())
			}
		}
	}
	return count, of, first
}
