package finetune

import (
	"context"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
)

// Reviews are the examples of an experiment, chosen and split.
type Reviews struct {
	Name       string        // of the data set, as data.Dataset names it
	Labels     []string      // names of the classes
	Train      []data.Review // what the adapter learns from
	Validation []data.Review // of the training half too: the best adapter is chosen by them
	Test       []data.Review // of the test half: before and after are measured on them
	Warnings   []string      // findings that change what a result on these examples means

	// Duplicates are the copies among the examples as they were drawn first, of the parts
	// "test", "validation" and "train".
	Duplicates *duplicates.Result
	// Dropped are the IDs of the examples that Data.DropDuplicates left out, sorted.
	Dropped []string
}

// parts are the examples in the order in which copies are looked for: the test
// examples stay as they are.
func (r *Reviews) parts() []duplicates.Part {
	return []duplicates.Part{{Name: "test", Reviews: r.Test}, {Name: "validation", Reviews: r.Validation}, {Name: "train", Reviews: r.Train}}
}

// Reviews opens the experiment's data and draws its examples: validation and
// training examples from the training half, disjoint, test examples from the test
// half, all stratified by class and fixed by the seed. The same experiment gives
// the same reviews in the same order.
//
// Copies among them are found as duplicates.Find does. Data.DropDuplicates leaves
// out those of the validation examples that also stand among the test examples, and
// those of the training examples that also stand among either or that repeat another
// one. The test examples stay as the source has them.
func (e Experiment) Reviews(ctx context.Context) (*Reviews, error) {
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

// choose draws the experiment's examples from its data set.
func (e Experiment) choose(ctx context.Context, set *data.Dataset) (_ *Reviews, err error) {
	if err := e.Data.DropDuplicates.validate(); err != nil {
		return nil, err
	}
	if len(set.Test) == 0 {
		reason := fmt.Sprintf("is %q, which has no test half: give a folder with train.* and test.*, or a column \"split\"", e.Data.Source)
		return nil, &FieldError{Field: "data.source", Reason: strings.Join(append([]string{reason}, set.Warnings...), "; ")}
	}
	d := drawing{Data: e.Data, seed: e.Seed, half: set.Train}
	r := &Reviews{Name: set.Name, Labels: set.Labels, Test: set.Test, Warnings: set.Warnings}
	if e.Data.Test != -1 {
		if r.Test, err = data.Subset(set.Test, e.Data.Test, e.Seed); err != nil {
			return nil, &FieldError{Field: "data.test", Reason: err.Error()}
		}
	}
	return r, d.draw(ctx, r)
}
