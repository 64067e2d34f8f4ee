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
	"github.com/lorabook/lorabook/pkg/sampling"
)

// drawing samples the training and validation examples.
type drawing struct {
	Config
	sampler sampling.Sampler
	set     *data.Outline
	test    []data.Ref // the test examples
	half    []data.Ref // the training half
	own     []data.Ref // the source's validation half; none: validation examples are held out of the training half
	single  []int      // examples of half that are the only one of their class: they stay in it
}

// sample refers to sampled examples.
type sample struct{ validation, train []data.Ref }

// read reads the sampled examples.
func (d drawing) read(ctx context.Context, r *Examples, s sample) error {
	lists, err := d.set.Examples(ctx, d.test, s.validation, s.train)
	if err != nil {
		return err
	}
	r.Test, r.Validation, r.Train = lists[0], lists[1], lists[2]
	return nil
}

// draw samples the other examples of r; the test examples are already sampled. It removes
// duplicates and repeats the sampling until no sampled example has a duplicate.
func (d drawing) draw(ctx context.Context, r *Examples) error {
	held, left := map[data.Ref]string{}, map[data.Ref]string{} // ids of the examples left out of the validation and the training examples
	for {
		s, rest, err := d.drawOnce(held, left)
		if err != nil {
			return err
		}
		if err := d.read(ctx, r, s); err != nil {
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
				held[s.validation[at]] = r.Validation[at].ID
			}
			clear(left) // other validation examples leave other training examples
			continue
		}
		repeats := found.Redundant(2, kind)
		for _, at := range repeats {
			left[s.train[at]] = r.Train[at].ID
		}
		if d.Train == -1 || d.takesAll(rest, left) {
			s.train = excluding(rest, left)
			if err := d.read(ctx, r, s); err != nil {
				return err
			}
			repeats = nil
		}
		if len(repeats) == 0 {
			maps.Copy(left, held)
			r.Dropped = slices.Sorted(maps.Values(left))
			return d.checkLeft(r)
		}
	}
}

// drawOnce samples the validation and training examples, and returns the rest of the training
// half after the validation examples. The other training examples are those of a sample without
// removed duplicates.
func (d drawing) drawOnce(held, left map[data.Ref]string) (s sample, rest []data.Ref, err error) {
	validation, rest, gone, err := d.drawValidation(held)
	if err != nil {
		return s, nil, err
	}
	s.validation = validation
	maps.Copy(gone, left)
	if d.Train == -1 {
		s.train = excluding(rest, gone)
		return s, s.train, nil
	}
	if d.takesAll(rest, gone) {
		s.train = excluding(rest, gone)
		return s, rest, nil
	}
	if s.train, err = sampling.Subset(d.sampler, rest, d.Train, places(rest, gone)...); err != nil {
		return s, nil, &settings.FieldError{Field: "data.train", Reason: err.Error() + leftOut(left) + orAll}
	}
	return s, rest, nil
}

// drawValidation samples the validation examples, and returns them, the rest of the training half
// after the first sample, and the examples in the rest that are validation examples.
func (d drawing) drawValidation(held map[data.Ref]string) (validation, rest []data.Ref, gone map[data.Ref]string, err error) {
	gone = map[data.Ref]string{}
	if len(d.own) > 0 {
		validation, err = d.sampleOwn(held)
		return validation, d.half, gone, err
	}
	rest, validation, err = sampling.Split(d.sampler, d.half, d.Validation, d.single...)
	if err != nil {
		return nil, nil, nil, &settings.FieldError{Field: "data.validation", Reason: err.Error()}
	}
	if len(held) == 0 {
		return validation, rest, gone, nil
	}
	excluded := append(places(d.half, held), d.single...)
	n := d.Validation
	if n == d.defaults.validation {
		n = min(n, len(d.half)-len(excluded))
	}
	if _, validation, err = sampling.Split(d.sampler, d.half, n, excluded...); err != nil {
		return nil, nil, nil, &settings.FieldError{Field: "data.validation", Reason: err.Error() + leftOut(held)}
	}
	for _, v := range validation {
		gone[v] = ""
	}
	return validation, rest, gone, nil
}

// takesAll reports whether the default number of training examples is all that is left.
func (d drawing) takesAll(rest []data.Ref, gone map[data.Ref]string) bool {
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
func leftOut(ids map[data.Ref]string) string {
	if len(ids) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s copies are left out by data.drop_duplicates", numerals.Count(len(ids)))
}

// places returns the indices of those of the examples that are in set.
func places(examples []data.Ref, set map[data.Ref]string) []int {
	if len(set) == 0 {
		return nil
	}
	var list []int
	for i, r := range examples {
		if _, ok := set[r]; ok {
			list = append(list, i)
		}
	}
	return list
}

// excluding returns the examples that are not in set.
func excluding(examples []data.Ref, set map[data.Ref]string) []data.Ref {
	if len(set) == 0 {
		return examples
	}
	var list []data.Ref
	for _, r := range examples {
		if _, ok := set[r]; !ok {
			list = append(list, r)
		}
	}
	return list
}
