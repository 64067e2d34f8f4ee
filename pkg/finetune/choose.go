package finetune

import (
	"context"

	"github.com/lorabook/lorabook/pkg/splits"
)

// Examples opens the experiment's data and samples its examples: training examples from the
// training half, test examples from the test half, and validation examples from the source's
// validation half or else from the training half. The samples are disjoint, stratified by the
// examples' answers (sampling.Sampler) and determined by Data.Seed: the same experiment has the same
// examples in the same order.
//
// Of a source without a test half, the validation half serves as the test half; without both,
// Data.TestShare of the examples are held out. Examples.Notes states this, and each default
// number that was lowered to what there is. A class with a single training example has no
// validation examples.
//
// Copies among them are found as duplicates.Find does. Data.DropDuplicates removes validation
// examples with a duplicate in the test set, and training examples with a duplicate in the
// test, validation or training set. The test examples are never changed.
func (e Experiment) Examples(ctx context.Context) (*splits.Examples, error) {
	e, err := e.WithDefaults()
	if err != nil {
		return nil, err
	}
	set, err := e.Data.Outline(ctx, e.Task, nil)
	if err != nil {
		return nil, err
	}
	return e.Data.ChooseFrom(ctx, set, e.Seed)
}
