package sampling

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
)

// Draw is a way to draw examples by a seed.
type Draw string

// The draws. Each of them but DrawRandom gives a sample the shares that all examples have of
// what it is named after.
const (
	// DrawClasses is for data.SingleLabel: classes by Adams's method of apportionment, which leaves out
	// no class.
	DrawClasses Draw = "classes"
	// DrawLabels is for data.MultiLabel: the iterative stratification of Sechidis et al. 2011, rarest
	// labels first.
	DrawLabels Draw = "labels"
	// DrawQuantiles is for data.Regression: quantile bins of the values, ten of them, or fewer of fewer
	// than 50 examples.
	DrawQuantiles Draw = "quantiles"
	// DrawEntities is for data.TokenClassification: iterative stratification by the types of the
	// entities in each sentence.
	DrawEntities Draw = "entities"
	// DrawRandom is not stratified.
	DrawRandom Draw = "random"
)

// Draws lists the draws.
func Draws() []Draw {
	return []Draw{DrawClasses, DrawLabels, DrawQuantiles, DrawEntities, DrawRandom}
}

// DrawOf returns the stratified draw of examples of a task.
func DrawOf(task data.Task) Draw {
	switch task {
	case data.MultiLabel:
		return DrawLabels
	case data.Regression:
		return DrawQuantiles
	case data.TokenClassification:
		return DrawEntities
	}
	return DrawClasses
}

// Sampler draws examples by a seed, stratified by their answers.
type Sampler struct {
	Seed int64
	Draw Draw // default DrawClasses
	// Labels are the names of the tags of data.TokenClassification, as data.Dataset.Labels, from which
	// DrawEntities reads the types of entities. Other draws do not need them.
	Labels []string
}

// For returns the stratified sampler of examples of a task; labels are those of their data set.
func For(task data.Task, labels []string, seed int64) Sampler {
	return Sampler{Seed: seed, Draw: DrawOf(task), Labels: labels}
}

// Subset draws n of the examples and returns them in their original order. n must be at most the
// number of examples, and at least 1, or with DrawClasses the number of classes.
//
// With DrawClasses, the sample has at least one example of each class, and no class has more than
// its share rounded up. With DrawLabels and DrawEntities, it has at least one example of each
// label where n is at least the number of labels, and otherwise the number of examples of each
// label is its share, rounded up or down, as nearly as the examples' other labels allow. With
// DrawQuantiles this holds for each bin exactly.
//
// Subsets are nested with DrawClasses, DrawQuantiles and DrawRandom: with the same examples and
// seed, a smaller one is part of every larger one. With DrawLabels and DrawEntities they are not.
//
// The examples with the indices excluded are never drawn. Others replace them, with DrawClasses
// those that are next in the order of the draw of their classes, and the other drawn examples do
// not change.
func Subset[E data.Drawable](s Sampler, examples []E, n int, excluded ...int) ([]E, error) {
	chosen, err := draw(s, examples, n, excluded, false)
	if err != nil {
		return nil, err
	}
	return pick(examples, chosen), nil
}

// Split holds out n of the examples for validation, drawn as by [Subset], and returns the
// rest and the held-out examples, both in their original order. With DrawClasses, the rest must
// contain every class; with DrawLabels and DrawEntities it contains an example of every label, as
// far as it has room, so that a label of one example is not held out.
//
// To get both a small training set and a validation set, split first and draw from the rest. The
// examples with the indices excluded stay in the rest. With DrawClasses, DrawQuantiles and
// DrawRandom, the held-out examples are those that Subset draws.
func Split[E data.Drawable](s Sampler, examples []E, n int, excluded ...int) (rest, held []E, err error) {
	chosen, err := draw(s, examples, n, excluded, true)
	if err != nil {
		return nil, nil, err
	}
	if n == len(examples) && s.draws() != DrawClasses {
		return nil, nil, fmt.Errorf("holding out %d of %d examples leaves none: hold out fewer", n, n)
	}
	in := make([]bool, len(examples))
	for _, i := range chosen {
		in[i] = true
	}
	rest, held = divide(examples, in)
	if s.draws() != DrawClasses {
		return rest, held, nil
	}
	left := map[int]bool{}
	for _, r := range rest {
		left[r.Answer().Label] = true
	}
	for _, r := range held {
		if label := r.Answer().Label; !left[label] {
			return nil, nil, fmt.Errorf("holding out %d of %d examples leaves none with label %d: hold out fewer, or add examples of it; "+
				"at least one of each label is held out, so a label needs two",
				n, len(examples), label)
		}
	}
	return rest, held, nil
}

// SplitGroups holds out a share of the examples, between 0 and 1, as a test half, and returns
// the rest and the held-out examples, both in their original order. Examples of one group are
// never divided: groups has a number for each example, the same one for copies of a text, such
// as those of duplicates.Result.Groups.
//
// The held-out examples are stratified. If every example is a group of its own, they are those of
// [Split]. With DrawClasses, each class has at least one of them, and one that stays,
// except a class whose examples are all of one group: it stays as a whole. A group that would
// exceed the share of a class or bin stays as well, so that fewer examples may be held out.
func SplitGroups[E data.Drawable](s Sampler, examples []E, share float64, groups []int) (rest, held []E, err error) {
	if !(share > 0 && share < 1) {
		return nil, nil, fmt.Errorf("share %v: expected a number between 0 and 1", share)
	}
	if len(groups) != len(examples) {
		return nil, nil, fmt.Errorf("%d groups of %d examples: expected one for each", len(groups), len(examples))
	}
	in, err := holdGroups(s, examples, share, groups)
	if err != nil {
		return nil, nil, err
	}
	if !slices.Contains(in, true) {
		return nil, nil, fmt.Errorf("no example of %d can be held out: %s", len(examples), s.reasonNone())
	}
	rest, held = divide(examples, in)
	return rest, held, nil
}

func (s Sampler) reasonNone() string {
	if s.draws() == DrawClasses {
		return "each class has a single one, or copies of a single one"
	}
	return "there is a single one, or copies of a single one"
}

// draws returns the draw, with its default.
func (s Sampler) draws() Draw {
	if s.Draw == "" {
		return DrawClasses
	}
	return s.Draw
}

func (s Sampler) check() error {
	if !slices.Contains(Draws(), s.draws()) {
		return fmt.Errorf("the draw is %q, expected one of %q", s.Draw, Draws())
	}
	return nil
}

// divide returns the examples that are not marked and those that are, both in their order.
func divide[E any](examples []E, marked []bool) (rest, held []E) {
	n := marks(marked)
	rest, held = make([]E, 0, len(examples)-n), make([]E, 0, n)
	for i, e := range examples {
		if marked[i] {
			held = append(held, e)
		} else {
			rest = append(rest, e)
		}
	}
	return rest, held
}

// marks returns the number of marks.
func marks(marked []bool) (n int) {
	for _, is := range marked {
		if is {
			n++
		}
	}
	return n
}

func pick[E any](examples []E, chosen []int) []E {
	picked := make([]E, len(chosen))
	for i, at := range chosen {
		picked[i] = examples[at]
	}
	return picked
}
