package finetune

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Drop is the kind of duplicates that are left out of the training and validation examples. A
// kind includes the stricter kinds.
type Drop string

// The values of Data.DropDuplicates.
const (
	DropNone    Drop = "none"    // all examples stay; not written to experiment.json
	DropExact   Drop = "exact"   // identical texts: duplicates.Exact
	DropLetters Drop = "letters" // also texts with the same letters and digits: duplicates.Letters
	DropNear    Drop = "near"    // also texts that share most of their sequences of five words: duplicates.Near
)

// IsZero reports whether no examples are dropped; experiment.json then omits the field.
func (d Drop) IsZero() bool { return d == "" || d == DropNone }

// withDefault returns d, or the data source's default.
func (d Drop) withDefault(source string) Drop {
	switch {
	case d != "":
		return d
	case data.IsIMDB(source):
		return DropNear
	}
	return DropNone
}

func (d Drop) validate() error {
	if all := []Drop{DropNone, DropExact, DropLetters, DropNear}; !slices.Contains(all, d) {
		return &FieldError{Field: "data.drop_duplicates", Reason: fmt.Sprintf("is %q, expected one of %q", d, all)}
	}
	return nil
}

// keepDrop sets DropDuplicates to DropNone in an experiment with the default if its run folder
// was created without the field: the experiment then has the folder's examples.
func (e *Experiment) keepDrop(root, name string) {
	if e.Data.DropDuplicates != "" {
		return
	}
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return // there is no folder, or runfolder.Create returns its error
	}
	var held Experiment
	if folder.Experiment(&held) == nil && held.Data.DropDuplicates.IsZero() {
		e.Data.DropDuplicates = DropNone
	}
}

// drawing samples the training and validation examples.
type drawing struct {
	Data
	seed   int64
	half   []data.Example // the training half
	own    []data.Example // the source's validation half; none: validation examples are held out of the training half
	single []int          // examples of half that are the only one of their class: they stay in it
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
		found, err := duplicates.Find(ctx, r.parts()...)
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
	if r.Train, err = data.Subset(rest, d.Train, d.seed, places(rest, gone)...); err != nil {
		return nil, &FieldError{Field: "data.train", Reason: err.Error() + leftOut(left) + orAll}
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
	rest, first, err := data.Split(d.half, d.Validation, d.seed, d.single...)
	if err != nil {
		return nil, nil, &FieldError{Field: "data.validation", Reason: err.Error()}
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
	if _, r.Validation, err = data.Split(d.half, n, d.seed, excluded...); err != nil {
		return nil, nil, &FieldError{Field: "data.validation", Reason: err.Error() + leftOut(held)}
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
		return &FieldError{Field: "data.drop_duplicates", Reason: fmt.Sprintf("is %q, which leaves no training example of class %q: each has a copy among the test, validation or other training examples",
			d.DropDuplicates, r.Labels[label])}
	}
	return nil
}

// leftOut states the number of removed duplicates, for an error about too few examples.
func leftOut(ids map[string]bool) string {
	if len(ids) == 0 {
		return ""
	}
	return fmt.Sprintf("; %d copies are left out by data.drop_duplicates", len(ids))
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

// warnContradicting is the smallest share of examples with a contradicting copy, one with another
// label, that causes a warning.
const warnContradicting = 0.01

// duplicateWarnings describes the effect of duplicates across splits on an evaluation.
func duplicateWarnings(d *duplicates.Result, r *Examples) (list []string) {
	for _, c := range []struct {
		part, in string
		all      int
		effect   string
	}{
		{"test", "train", len(r.Test), "accuracy on them after training is recall, not generalization"},
		{"test", "validation", len(r.Test), "the test examples influence the choice of the best state"},
		{"validation", "train", len(r.Validation), "the best state is chosen by training examples"},
	} {
		n := d.Count(c.part, c.in)
		if n.Total() == 0 {
			continue
		}
		text := fmt.Sprintf("%d of %d %s examples have a copy among the %s examples (%s; for example %v): %s; Data.DropDuplicates %q leaves copies out of training",
			n.Total(), c.all, c.part, c.in, n.Kinds(), n.Examples[0], c.effect, DropNear)
		if 2*n.Total() >= c.all {
			text = "MOST OF THE " + c.in + " AND " + c.part + " EXAMPLES ARE THE SAME: " + text
		}
		list = append(list, text)
	}
	if all := len(r.Train) + len(r.Validation) + len(r.Test); float64(d.Contradicting) >= warnContradicting*float64(all) {
		list = append(list, fmt.Sprintf("%d of %d examples have a copy with another label (for example %v): no model can classify both correctly",
			d.Contradicting, all, d.Contradictions[0]))
	}
	return list
}
