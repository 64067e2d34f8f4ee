package finetune

import (
	"cmp"
	"context"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
)

// Examples contains the sampled examples of an experiment by split.
type Examples struct {
	Name       string         // name of the data set: data.Dataset.Name
	Labels     []string       // names of the classes
	Train      []data.Example // from the training half
	Validation []data.Example // from the validation half, or from the training half; they select the best state
	Test       []data.Example // from the test half, for the evaluations before and after the training
	Warnings   []string       // warnings about the validity of results on these examples
	Notes      []string       // what was found in the data and how they were divided, one sentence each

	// Duplicates are the duplicates among the first sample, of the splits "test", "validation"
	// and "train".
	Duplicates *duplicates.Result
	// Dropped are the IDs of the examples that Data.DropDuplicates left out, sorted.
	Dropped []string
}

// parts returns the examples in the order of the search for duplicates: the test examples are
// never removed.
func (r *Examples) parts() []duplicates.Part {
	return []duplicates.Part{{Name: "test", Examples: r.Test}, {Name: "validation", Examples: r.Validation}, {Name: "train", Examples: r.Train}}
}

// Examples opens the experiment's data and samples its examples: training examples from the
// training half, test examples from the test half, and validation examples from the source's
// validation half or else from the training half. The samples are disjoint, stratified by class
// and determined by Data.Seed: the same experiment has the same examples in the same order.
//
// Of a source without a test half, the validation half serves as the test half; without both,
// Data.TestShare of the examples are held out. Examples.Notes states this, and each default
// number that was lowered to what there is. A class with a single training example has no
// validation examples.
//
// Copies among them are found as duplicates.Find does. Data.DropDuplicates removes validation
// examples with a duplicate in the test set, and training examples with a duplicate in the
// test, validation or training set. The test examples are never changed.
func (e Experiment) Examples(ctx context.Context) (*Examples, error) {
	e, err := e.WithDefaults()
	if err != nil {
		return nil, err
	}
	set, err := e.Data.Open(ctx, e.Task)
	if err != nil {
		return nil, err
	}
	return e.choose(ctx, set)
}

// orAll ends the error for more examples than there are.
const orAll = "; -1 takes all"

// choose samples the experiment's examples from its data set.
func (e Experiment) choose(ctx context.Context, set *data.Dataset) (_ *Examples, err error) {
	if err := e.Data.DropDuplicates.validate(); err != nil {
		return nil, err
	}
	if err := e.Data.validateShare(); err != nil {
		return nil, err
	}
	seed := cmp.Or(e.Data.Seed, e.Seed)
	if set, err = e.Data.withTestHalf(ctx, set, seed); err != nil {
		return nil, err
	}
	d := drawing{Data: e.Data, seed: seed, half: set.Train, own: set.Validation}
	r := &Examples{Name: set.Name, Labels: set.Labels, Warnings: set.Warnings, Notes: set.Notes}
	if err := e.Data.sampleTest(r, set.Test, seed); err != nil {
		return nil, err
	}
	if err := d.fitValidation(r); err != nil {
		return nil, err
	}
	d.fitTraining(r)
	return r, d.draw(ctx, r)
}
