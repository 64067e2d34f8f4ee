package splits

import (
	"context"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/sampling"
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

	// Draw is the kind of draw that chose the examples of each split.
	Draw sampling.Draw

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
func (d Config) Choose(ctx context.Context, set *data.Dataset, seed int64) (*Examples, error) {
	return d.ChooseFrom(ctx, set.Outline(), seed)
}

// ChooseFrom samples the examples that Choose samples from the whole data set, and reads the texts
// of these examples only. Where the source has no test half, it also reads all texts of the training
// half twice, in order to find duplicates.
func (d Config) ChooseFrom(ctx context.Context, set *data.Outline, seed int64) (_ *Examples, err error) {
	if err := d.validateDraw(); err != nil {
		return nil, err
	}
	sampler, err := d.sampler(set, seed)
	if err != nil {
		return nil, err
	}
	if set, err = d.withTestHalf(ctx, set, sampler); err != nil {
		return nil, err
	}
	draws := drawing{Config: d, sampler: sampler, set: set, half: set.Train, own: set.Validation}
	r := &Examples{Name: set.Name, Labels: set.Labels, Warnings: set.Warnings, Notes: set.Notes, Draw: sampler.Draw, task: set.Task}
	if draws.test, err = d.sampleTest(r, set.Test, sampler); err != nil {
		return nil, err
	}
	if text := drawNote(sampler.Draw); text != "" {
		r.note("%s", text)
	}
	if err := draws.fitValidation(r); err != nil {
		return nil, err
	}
	draws.fitTraining(r)
	return r, draws.draw(ctx, r)
}
