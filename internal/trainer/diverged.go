package trainer

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/finite"
	"github.com/lorabook/lorabook/internal/floats"
)

// ErrDiverged is matched by the error of a training whose loss, gradient, weights or predictions are no longer
// finite.
var ErrDiverged = errors.New("training diverged")

// checkUpdate returns an error that matches ErrDiverged if the numbers of a step are not finite. The
// step has changed the variables; the checkpoint and the best state on disk come from earlier steps.
func (t *Trainer) checkUpdate(loss, norm float64) error {
	switch {
	case !finite.Number(loss):
		return t.diverged(fmt.Sprintf("the loss is %v", loss), t.notFinite())
	case !finite.Number(norm):
		return t.diverged(fmt.Sprintf("the norm of the gradient is %v", norm), t.notFinite())
	}
	return nil
}

// checkEvaluation replaces the result of an evaluation by an error that matches ErrDiverged if
// trained tensors, the loss or the predictions are not finite. The loss may be finite nevertheless, as with a
// row of the word embeddings that no text uses; predictions of finite tensors may overflow.
func (t *Trainer) checkEvaluation(result Result, err error) error {
	bad := t.notFinite()
	switch {
	case bad.count == 0 && err == nil && finite.Number(result.Loss), bad.count == 0 && err != nil && !errors.Is(err, finite.ErrNotFinite):
		return err
	case err != nil:
		return t.diverged(fmt.Sprintf("the evaluation after step %d failed (%v)", t.Position.Step, err), bad)
	}
	return t.diverged(fmt.Sprintf("the loss of the evaluation after step %d is %v", t.Position.Step, result.Loss), bad)
}

// checkSaved returns an error that matches ErrDiverged if trained tensors are not finite. A
// checkpoint with such tensors would replace one that can be resumed.
func (t *Trainer) checkSaved() error {
	if bad := t.notFinite(); bad.count > 0 {
		return t.diverged(fmt.Sprintf("the checkpoint of step %d is not written, an earlier one is kept", t.Position.Step), bad)
	}
	return nil
}

// diverged describes the state of the trained tensors, and the settings to lower.
func (t *Trainer) diverged(found string, bad damaged) error {
	text := found
	if bad.count > 0 {
		text += fmt.Sprintf(", and %d of %d trained tensors are not finite, the first %s", bad.count, bad.of, bad.first)
	}
	if t.Position.Step == 0 {
		return fmt.Errorf("%w: %s: no update came before, so that the learning_rate is not the cause: look at the weights of the model, those of the loss, and of an adapter lora_alpha", ErrDiverged, text)
	}
	lower := fmt.Sprintf("try a lower learning_rate than %g", t.Optimizer.LearningRate)
	if decay := t.Optimizer.WeightDecay; decay > 1 {
		lower += fmt.Sprintf(" or a lower weight_decay than %g", decay)
	}
	return fmt.Errorf("%w: %s: %s, or of an adapter a lower lora_alpha", ErrDiverged, text, lower)
}

// damaged describes the trained tensors with values that are not finite.
type damaged struct {
	count, of int    // their number, and that of all trained tensors
	first     string // the name of the first one
}

func (t *Trainer) notFinite() damaged {
	var d damaged
	for v := range t.Store.IterVariables() {
		if !v.Trainable {
			continue
		}
		d.of++
		if values, err := floats.Read(v); err == nil && !floats.Finite(values) {
			if d.count++; d.count == 1 {
				d.first = dotted.Name(v.Path())
			}
		}
	}
	return d
}
