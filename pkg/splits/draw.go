package splits

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
)

// drawing samples the training and validation examples.
type drawing struct {
	Config
	sampler data.Sampler
	half    []data.Example // the training half
	own     []data.Example // the source's validation half; none: validation examples are held out of the training half
	single  []int          // examples of half that are the only one of their class: they stay in it
}

// draw samples the other examples of r; the test examples are already sampled. It removes
// duplicates and repeats the sampling until no sampled example has a duplicate.
func (d drawing) draw(ctx context.Context, r *Examples) error {
	held, left := map[string]bool{}, map[string]bool{} // left out of the validation and the training examples, by ID
	for {
		rest, err := d.drawOnce(r, held, left)
		if err != nil {
			return err
		}
		found, err := duplicates.Find(ctx, r.Parts()...)
		if err != nil {
			return err
		}
		if r.Duplicates == nil {
			r.Duplicates = found
		}
		kind := duplicates.Kind(d.DropDuplicates)
		if d.DropDuplicates.IsZero() {
			r.Warnings = append(slices.Clip(r.Warnings), duplicateWarnings(found, r)...)
			return nil
		}
		if copies := found.InEarlierParts(1, kind); len(copies) > 0 {
			for _, at := range copies {
				held[r.Validation[at].ID] = true
			}
			clear(left) // other validation examples leave other training examples
			continue
		}
		repeats := found.Redundant(2, kind)
		for _, at := range repeats {
			left[r.Train[at].ID] = true
		}
		if d.Train == -1 || d.takesAll(rest, left) {
			r.Train = excluding(rest, left)
			repeats = nil
		}
		if len(repeats) == 0 {
			maps.Copy(left, held)
			r.Dropped = slices.Sorted(maps.Keys(left))
			return d.checkLeft(r)
		}
	}
}

// drawOnce samples the validation and training examples, and returns the rest of the training
// half after the validation examples. The other training examples are those of a sample without
// removed duplicates.
func (d drawing) drawOnce(r *Examples, held, left map[string]bool) (rest []data.Example, err error) {
	rest, gone, err := d.drawValidation(r, held)
	if err != nil {
		return nil, err
	}
	maps.Copy(gone, left)
	if d.Train == -1 {
		rest = excluding(rest, gone)
		r.Train = rest
		return rest, nil
	}
	if d.takesAll(rest, gone) {
		r.Train = excluding(rest, gone)
		return rest, nil
	}
	if r.Train, err = d.sampler.Subset(rest, d.Train, places(rest, gone)...); err != nil {
		return nil, &settings.FieldError{Field: "data.train", Reason: err.Error() + leftOut(left) + orAll}
	}
	return rest, nil
}

// drawValidation samples the validation examples, and returns the rest of the training half after
// the first sample, and the IDs of the examples in it that are validation examples.
func (d drawing) drawValidation(r *Examples, held map[string]bool) (rest []data.Example, gone map[string]bool, err error) {
	gone = map[string]bool{}
	if len(d.own) > 0 {
		r.Validation, err = d.sampleOwn(held)
		return d.half, gone, err
	}
	rest, first, err := d.sampler.Split(d.half, d.Validation, d.single...)
	if err != nil {
		return nil, nil, &settings.FieldError{Field: "data.validation", Reason: err.Error()}
	}
	r.Validation = first
	if len(held) == 0 {
		return rest, gone, nil
	}
	excluded := append(places(d.half, held), d.single...)
	n := d.Validation
	if n == d.defaults.validation {
		n = min(n, len(d.half)-len(excluded))
	}
	if _, r.Validation, err = d.sampler.Split(d.half, n, excluded...); err != nil {
		return nil, nil, &settings.FieldError{Field: "data.validation", Reason: err.Error() + leftOut(held)}
	}
	for _, v := range r.Validation {
		gone[v.ID] = true
	}
	return rest, gone, nil
}

// takesAll reports whether the default number of training examples is all that is left.
func (d drawing) takesAll(rest []data.Example, gone map[string]bool) bool {
	return d.Train == d.defaults.train && len(rest)-len(places(rest, gone)) <= d.Train
}

// checkLeft refuses training examples that lack a class.
func (d drawing) checkLeft(r *Examples) error {
	if len(r.Train) > 0 && r.Train[0].Label < 0 {
		return nil // another task than single labels
	}
	counts, err := data.Counts(r.Train, len(r.Labels))
	if err != nil {
		return err
	}
	if label := slices.Index(counts, 0); label >= 0 {
		return &settings.FieldError{Field: "data.drop_duplicates", Reason: fmt.Sprintf("is %q, which leaves no training example of class %q: each has a copy among the test, validation or other training examples",
			d.DropDuplicates, r.Labels[label])}
	}
	return nil
}

// leftOut states the number of removed duplicates, for an error about too few examples.
func leftOut(ids map[string]bool) string {
	if len(ids) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s copies are left out by data.drop_duplicates", numerals.Count(len(ids)))
}

// places returns the indices of the examples with the given IDs.
func places(examples []data.Example, ids map[string]bool) []int {
	var list []int
	for i, r := range examples {
		if ids[r.ID] {
			list = append(list, i)
		}
	}
	return list
}

// excluding returns the examples without the given IDs.
func excluding(examples []data.Example, ids map[string]bool) []data.Example {
	var list []data.Example
	for _, r := range examples {
		if !ids[r.ID] {
			list = append(list, r)
		}
	}
	return list
}
