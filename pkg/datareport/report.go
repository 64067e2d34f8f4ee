package datareport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Options select a data set and the way to read it.
type Options struct {
	// Data has the source, its columns and formats, and the sizes of the splits. BadRows has no
	// effect: rows that cannot be used are counted and left out.
	Data splits.Config
	// Task is the kind of answer. Empty, it is found in the labels.
	Task data.Task
	// Seed determines the draw of the splits, as [finetune.Experiment.Seed] does.
	Seed int64
}

// Report describes a data set.
type Report struct {
	Options Options
	// Set is the data set as the source has it. Without labels it has only Train and Unlabelled.
	Set *data.Dataset
	// Columns are the columns of the first table, and empty for sources without columns.
	Columns []data.Column
	// Task is the kind of answer, "" if there are no labels, and Why the reason for it, a
	// sentence without a full stop.
	Task data.Task
	Why  string
	// Bad are the rows that cannot be used; nil if all can.
	Bad *data.BadRowsError
	// Drawn are the examples that an experiment with these options has. It is nil without labels,
	// and if the examples cannot be drawn: then DrawError says why.
	Drawn     *splits.Examples
	DrawError error
}

// Read reads a data set. The error is that of the source, such as a missing file or a column that
// does not exist. A source without a column of labels is no error, unless a label column or a task
// is named.
func Read(ctx context.Context, o Options) (*Report, error) {
	if ctx == nil {
		return nil, errors.New("datareport: the context is nil: pass context.Background()")
	}
	if !slices.Contains([]data.Task{"", data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification}, o.Task) {
		return nil, fmt.Errorf("datareport: the task is %q: expected %q, %q, %q, %q, or none to find it", o.Task, data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification)
	}
	o.Data.Source = cmp.Or(o.Data.Source, data.Sample)
	r := &Report{Options: o}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	if r.Task == "" {
		return r, nil
	}
	seed := cmp.Or(o.Seed, 1)
	r.Drawn, r.DrawError = o.Data.WithDefaults(seed).Choose(ctx, r.Set, seed)
	return r, ctx.Err()
}

// Labelled reports whether the examples have answers.
func (r *Report) Labelled() bool { return r.Task != "" }

// Examples returns all examples of the source: training, validation and test half, then
// unlabelled ones.
func (r *Report) Examples() []data.Example {
	return slices.Concat(r.Set.Train, r.Set.Validation, r.Set.Test, r.Set.Unlabelled)
}

// Pairs reports whether the examples are pairs of texts.
func (r *Report) Pairs() bool {
	return slices.ContainsFunc(r.Examples(), func(e data.Example) bool { return e.TextPair != "" })
}

// Duplicates finds the duplicates among the halves of the source, those of the test half before
// those of the training half.
func (r *Report) Duplicates(ctx context.Context) (*duplicates.Result, error) {
	var parts []duplicates.Part
	for _, h := range r.halves(r.Set.Test, r.Set.Validation, r.Set.Train, r.Set.Unlabelled) {
		parts = append(parts, duplicates.Part(h))
	}
	return duplicates.Find(ctx, parts...)
}

// Half is a named part of the examples.
type Half struct {
	Name     string
	Examples []data.Example
}

// Halves returns the parts of the source that have examples.
func (r *Report) Halves() []Half {
	h := r.halves(r.Set.Test, r.Set.Validation, r.Set.Train, r.Set.Unlabelled)
	slices.Reverse(h)
	slices.SortStableFunc(h, func(a, b Half) int { return cmp.Compare(order[a.Name], order[b.Name]) })
	return h
}

var order = map[string]int{"train": 0, "validation": 1, "test": 2, "unlabelled": 3}

func (r *Report) halves(test, validation, train, unlabelled []data.Example) (list []Half) {
	for _, h := range []Half{{"test", test}, {"validation", validation}, {"train", train}, {"unlabelled", unlabelled}} {
		if len(h.Examples) > 0 {
			list = append(list, h)
		}
	}
	return list
}

// DrawnHalves returns the splits of the drawn examples, none without Drawn.
func (r *Report) DrawnHalves() []Half {
	if r.Drawn == nil {
		return nil
	}
	return []Half{{"train", r.Drawn.Train}, {"validation", r.Drawn.Validation}, {"test", r.Drawn.Test}}
}

// columnOf returns the columns with a role.
func (r *Report) columnsOf(role string) (list []data.Column) {
	for _, c := range r.Columns {
		if c.Role == role {
			list = append(list, c)
		}
	}
	return list
}

// isBadRows returns the rows of an error that cannot be used, nil for another error.
func isBadRows(err error) *data.BadRowsError {
	var bad *data.BadRowsError
	if errors.As(err, &bad) {
		return bad
	}
	return nil
}
