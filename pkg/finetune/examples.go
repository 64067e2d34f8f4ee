package finetune

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
)

// Examples contains the sampled examples of an experiment by split.
type Examples struct {
	Name       string         // name of the data set: data.Dataset.Name
	Labels     []string       // names of the classes
	Train      []data.Example // from the training half
	Validation []data.Example // from the training half; they select the best state
	Test       []data.Example // from the test half, for the evaluations before and after the training
	Warnings   []string       // warnings about the validity of results on these examples

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

// Examples opens the experiment's data and samples its examples: disjoint validation and
// training examples from the training half, test examples from the test half. The samples are
// stratified by class and determined by Data.Seed: the same experiment has the same examples in
// the same order.
//
// Copies among them are found as duplicates.Find does. Data.DropDuplicates removes validation
// examples with a duplicate in the test set, and training examples with a duplicate in the
// test, validation or training set. The test examples are never changed.
func (e Experiment) Examples(ctx context.Context) (*Examples, error) {
	e, err := e.WithDefaults()
	if err != nil {
		return nil, err
	}
	set, err := data.Open(ctx, e.Data.Source)
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
	if len(set.Test) == 0 {
		reason := fmt.Sprintf("is %q, which has no test half: expected a folder with train.* and test.*, or a column \"split\"", e.Data.Source)
		return nil, &FieldError{Field: "data.source", Reason: strings.Join(append([]string{reason}, set.Warnings...), "; ")}
	}
	seed := cmp.Or(e.Data.Seed, e.Seed)
	d := drawing{Data: e.Data, seed: seed, half: set.Train}
	r := &Examples{Name: set.Name, Labels: set.Labels, Test: set.Test, Warnings: set.Warnings}
	if e.Data.Test != -1 {
		if r.Test, err = data.Subset(set.Test, e.Data.Test, seed); err != nil {
			return nil, &FieldError{Field: "data.test", Reason: err.Error() + orAll}
		}
	}
	return r, d.draw(ctx, r)
}
