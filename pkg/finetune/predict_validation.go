package finetune

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/classify"
)

// PredictValidation returns the predictions of the trained model, in its best state, for the
// validation examples, in their order. They compare trainings of different settings without the
// test examples. The best state was selected on the same examples, so its numbers are
// optimistic. The training must be finished. With Training.PrefixCache, all layers are computed:
// the predictions can differ from those of the training in their last digits.
func (r *Run) PredictValidation(ctx context.Context) (*classify.TaskPredictions, error) {
	done, _, err := r.trained()
	if err != nil {
		return nil, err
	}
	if done == nil {
		return nil, fmt.Errorf("run folder %s: the training is not finished: call Train first", r.Folder.Dir())
	}
	n, err := r.openLearned(ctx)
	if err != nil {
		return nil, err
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	return r.predictTask(ctx, n, examples.Validation, n.rowsOf("validation", examples.Validation), "validation")
}
