package data

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// Outline is a data set whose examples are references: their texts are read where they are needed.
// The outline of a large table holds about 20 bytes for each of its examples instead of the example.
type Outline struct {
	// Name, Task, Labels, Warnings and Notes are those of Dataset.
	Name            string
	Task            Task
	Labels          []string
	Warnings, Notes []string
	// Train, Validation and Test refer to the examples of the halves, in their order.
	Train, Validation, Test []Ref
	// TrainBytes is the size of the texts of the training half.
	TrainBytes int64

	all   [len(drawnHalves)][]Ref
	set   *Dataset        // of an outline in memory
	table *tableSource    // of another
	read  map[Ref]Example // the examples of a table that were read before
}

// drawnHalves are the halves of an outline.
var drawnHalves = [...]string{halves.Train, halves.Validation, halves.Test}

// Ref refers to an example of an [Outline]. References to the same example are equal.
type Ref struct {
	answer *Answer
	index  uint32 // in its half
	half   uint8  // index into drawnHalves
}

// Answer returns the answer of the example.
func (r Ref) Answer() Answer { return *r.answer }

// Half returns the half of the example in its source: "train", "validation" or "test".
func (r Ref) Half() string { return drawnHalves[r.half] }

// String returns half and index: "train[12]".
func (r Ref) String() string { return fmt.Sprintf("%s[%d]", r.Half(), r.index) }

// Outline returns the outline of d, which keeps its examples.
func (d *Dataset) Outline() *Outline {
	set := *d
	o := &Outline{Name: d.Name, Task: d.Task, Labels: d.Labels, Warnings: d.Warnings, Notes: d.Notes, set: &set}
	for half := range drawnHalves {
		examples := set.half(half)
		answers := make([]Answer, len(examples))
		o.all[half] = make([]Ref, len(examples))
		for i, e := range examples {
			answers[i] = e.Answer()
			o.all[half][i] = Ref{&answers[i], uint32(i), uint8(half)}
		}
	}
	for _, e := range set.Train {
		o.TrainBytes += int64(len(e.Text) + len(e.TextPair))
	}
	o.Train, o.Validation, o.Test = o.all[0], o.all[1], o.all[2]
	return o
}

// half returns the examples of a half, by its index in drawnHalves.
func (d *Dataset) half(half int) []Example {
	return [...][]Example{d.Train, d.Validation, d.Test}[half]
}

// Outline reads the data set spec, as Open does, without holding the texts of a table that needs more
// memory than HeldBytes: [Outline.Examples] and [Outline.Each] read its files again. Results, warnings
// and errors are those of Open. The files must not change in between, which is an error.
//
// IMDB's archive and folder, the sample, zip archives and sentences of TokenClassification are always
// held in memory, and of a JSON file that is one object the file. Unlabelled examples are not part of an
// outline: Opener.Unlabelled is an error.
func (o Opener) Outline(ctx context.Context, spec string) (*Outline, error) {
	if o.Unlabelled {
		return nil, errors.New("data: Opener.Unlabelled is set: an outline has no unlabelled examples; open the data set with Open")
	}
	out := &Outline{}
	o.outline = out
	d, err := o.Open(ctx, spec)
	if err != nil {
		return nil, err
	}
	if out.table == nil {
		return d.Outline(), nil
	}
	out.Name, out.Task, out.Labels, out.Warnings, out.Notes = d.Name, d.Task, d.Labels, d.Warnings, d.Notes
	return out, nil
}

// TestWarnings returns a warning if a test half lacks classes, as Dataset.TestWarnings does.
func (o *Outline) TestWarnings() []string { return testWarnings(o.Labels, o.Test) }

// outline adds the outline of the rows to d, and to each half one example for each of its answers,
// by which Validate finds what it would find in all examples.
func (b *tableBuilder) outline(d *Dataset) *Dataset {
	out := b.opener.outline
	out.table, out.read = b.source, map[Ref]Example{}
	b.source.answers, b.source.idForm = b.answers, b.idForm
	var sizes [len(drawnHalves)]int
	for _, row := range b.rows {
		sizes[slices.Index(drawnHalves[:], row.half)]++
	}
	for half, n := range sizes {
		out.all[half] = make([]Ref, 0, n)
	}
	halves := [...]*[]Example{&d.Train, &d.Validation, &d.Test}
	for _, row := range b.rows {
		half := slices.Index(drawnHalves[:], row.half)
		if row.shared == nil {
			e := row.example(d.Task)
			answer := e.Answer()
			row.shared = &answer
			if row.half == drawnHalves[0] {
				out.TrainBytes += row.bytes
			}
			*halves[half] = append(*halves[half], e)
		}
		out.all[half] = append(out.all[half], Ref{row.shared, uint32(len(out.all[half])), uint8(half)})
	}
	b.source.sizes = sizes
	out.Train, out.Validation, out.Test = out.all[0], out.all[1], out.all[2]
	return d
}

// Examples returns the examples that each of the lists refers to, in its order. It reads a table
// once for all lists, and holds what it has read for the next call.
func (o *Outline) Examples(ctx context.Context, lists ...[]Ref) ([][]Example, error) {
	at := func(r Ref) Example { return o.read[r] }
	if o.set != nil {
		at = func(r Ref) Example { return o.set.half(int(r.half))[r.index] }
	} else if err := o.fetch(ctx, lists); err != nil {
		return nil, err
	}
	examples := make([][]Example, len(lists))
	for i, list := range lists {
		if list == nil {
			continue
		}
		examples[i] = make([]Example, len(list))
		for j, r := range list {
			examples[i][j] = at(r)
		}
	}
	return examples, nil
}

// fetch reads the examples of a table that were not read before.
func (o *Outline) fetch(ctx context.Context, lists [][]Ref) error {
	missing := map[Ref]bool{}
	for _, list := range lists {
		for _, r := range list {
			if _, ok := o.read[r]; !ok {
				missing[r] = true
			}
		}
	}
	if len(missing) == 0 {
		return ctx.Err()
	}
	done := errors.New("all are read")
	err := o.Each(ctx, func(r Ref, e Example) error {
		if missing[r] {
			o.read[r] = e
			delete(missing, r)
		}
		if len(missing) == 0 {
			return done
		}
		return nil
	})
	if err == done {
		return nil
	}
	return err
}

// Each calls yield with every example of the outline, those of a half in its order. It stops with
// the first error of yield, which is returned.
func (o *Outline) Each(ctx context.Context, yield func(Ref, Example) error) error {
	if o.set == nil {
		return o.table.each(ctx, func(half, index int, e Example) error { return yield(o.all[half][index], e) })
	}
	for half, refs := range o.all {
		for i, e := range o.set.half(half) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := yield(refs[i], e); err != nil {
				return err
			}
		}
	}
	return nil
}
