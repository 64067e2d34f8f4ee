package splits

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
	// Dropped are the IDs of the examples that Config.DropDuplicates left out, sorted.
	Dropped []string

	task data.Task // for the words of the warnings
}

// Parts returns the examples in the order of the search for duplicates: the test examples are
// never removed.
func (r *Examples) Parts() []duplicates.Part {
	return []duplicates.Part{{Name: "test", Examples: r.Test}, {Name: "validation", Examples: r.Validation}, {Name: "train", Examples: r.Train}}
}

// orAll ends the error for more examples than there are.
const orAll = "; -1 takes all"

// Choose samples the examples from their data set. seed is the experiment's.
func (d Config) Choose(ctx context.Context, set *data.Dataset, seed int64) (_ *Examples, err error) {
	if err := d.validateDraw(); err != nil {
		return nil, err
	}
	seed = cmp.Or(d.Seed, seed)
	if set, err = d.withTestHalf(ctx, set, seed); err != nil {
		return nil, err
	}
	draws := drawing{Config: d, seed: seed, half: set.Train, own: set.Validation}
	r := &Examples{Name: set.Name, Labels: set.Labels, Warnings: set.Warnings, Notes: set.Notes, task: set.Task}
	if err := d.sampleTest(r, set.Test, seed); err != nil {
		return nil, err
	}
	if len(set.Train) > 0 && set.Train[0].Label < 0 {
		r.note("the examples of each split are drawn at random, not stratified: only the task %s is", data.SingleLabel)
	}
	if err := draws.fitValidation(r); err != nil {
		return nil, err
	}
	draws.fitTraining(r)
	return r, draws.draw(ctx, r)
}
