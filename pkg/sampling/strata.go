package sampling

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/internal/stratify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/entities"
)

// Ten bins follow the shape of a distribution, long tails included, and a small sample still has
// an example of each. A bin of five examples is the smallest of which a fifth, the usual test half,
// is a whole example: fewer than 50 examples have fewer bins.
const (
	quantileBins = 10
	leastInBin   = 5
)

// strataOf returns the stratum of each example: its class, its quantile bin, or -1 for all.
func strataOf[E data.Drawable](s Sampler, examples []E) []int {
	strata := make([]int, len(examples))
	switch s.draws() {
	case DrawQuantiles:
		values := make([]float64, len(examples))
		for i, e := range examples {
			values[i] = e.Answer().Value
		}
		bins := min(max(len(values)/leastInBin, 1), quantileBins)
		return stratify.Quantiles(values, bins, random.Numbered(s.Seed, random.QuantileDraw, 0))
	case DrawRandom:
		for i := range strata {
			strata[i] = -1
		}
	default:
		for i, e := range examples {
			strata[i] = e.Answer().Label
		}
	}
	return strata
}

// drawByLabels draws n examples by iterative stratification.
func drawByLabels[E data.Drawable](s Sampler, examples []E, n int, skip []bool, keepEach bool) ([]int, error) {
	elements, labels, err := elementsOf(s, examples, nil)
	if err != nil {
		return nil, err
	}
	var chosen []int
	for i, drawn := range stratify.Iterative(elements, labels, n, s.options(keepEach, skip)) {
		if drawn {
			chosen = append(chosen, i)
		}
	}
	return chosen, nil
}

func (s Sampler) options(keepEach bool, skip []bool) stratify.Options {
	return stratify.Options{Rand: random.Numbered(s.Seed, random.LabelDraw, 0), KeepEach: keepEach, Excluded: skip}
}

// holdGroupsByLabels marks the examples of a share of the groups.
func holdGroupsByLabels[E data.Drawable](s Sampler, examples []E, n int, groups []int) ([]bool, error) {
	elements, labels, err := elementsOf(s, examples, groups)
	if err != nil {
		return nil, err
	}
	drawn := stratify.Iterative(elements, labels, n, s.options(true, nil))
	in := make([]bool, len(examples))
	for i, element := range numbered(groups) {
		in[i] = drawn[element]
	}
	return in, nil
}

// elementsOf returns the labels of each example, or of each group in the order of their first
// examples, and the number of different labels. Having none is a label of its own.
func elementsOf[E data.Drawable](s Sampler, examples []E, groups []int) (elements []stratify.Element, labels int, err error) {
	of := numbered(groups)
	kinds, err := s.labelKinds()
	if err != nil {
		return nil, 0, err
	}
	index := map[int]int{}
	var found []int
	for i, e := range examples {
		if found, err = labelsOf(s, found[:0], e, kinds); err != nil {
			return nil, 0, err
		}
		if len(found) == 0 {
			found = append(found, none)
		}
		at := i
		if of != nil {
			at = of[i]
		}
		if at == len(elements) {
			elements = append(elements, stratify.Element{})
		}
		element := &elements[at]
		element.Size++
		for _, label := range found {
			dense, ok := index[label]
			if !ok {
				dense = len(index)
				index[label] = dense
			}
			element.Counts = count(element.Counts, int32(dense))
		}
	}
	return elements, len(index), nil
}

// none is the label of an example without one.
const none = -1

// numbered numbers the groups by their first examples; nil for nil.
func numbered(groups []int) []int {
	if groups == nil {
		return nil
	}
	numbers := map[int]int{}
	of := make([]int, len(groups))
	for i, group := range groups {
		number, ok := numbers[group]
		if !ok {
			number = len(numbers)
			numbers[group] = number
		}
		of[i] = number
	}
	return of
}

// count adds an example of a label to counts in ascending order.
func count(counts []stratify.Count, label int32) []stratify.Count {
	at, ok := slices.BinarySearchFunc(counts, label, func(c stratify.Count, label int32) int { return int(c.Label - label) })
	if ok {
		counts[at].N++
		return counts
	}
	return slices.Insert(counts, at, stratify.Count{Label: label, N: 1})
}

// labelKinds returns the number of the type of entities that each tag has, none for O; nil if the
// draw is not by entities. A name that is no tag of entities, such as a part of speech, counts as a
// type.
func (s Sampler) labelKinds() ([]int, error) {
	if s.draws() != DrawEntities {
		return nil, nil
	}
	if len(s.Labels) == 0 {
		return nil, fmt.Errorf("the draw %q needs the names of the tags: set Sampler.Labels, or use For", DrawEntities)
	}
	types := map[string]int{}
	kinds := make([]int, len(s.Labels))
	for i, name := range s.Labels {
		tag, err := entities.Parse(name)
		switch {
		case err != nil:
			tag.Type = name
		case tag.Prefix == 'O':
			kinds[i] = none
			continue
		}
		kind, ok := types[tag.Type]
		if !ok {
			kind = len(types)
			types[tag.Type] = kind
		}
		kinds[i] = kind
	}
	return kinds, nil
}

// labelsOf appends the different labels of an example, or the types of its entities.
func labelsOf[E data.Drawable](s Sampler, found []int, e E, kinds []int) ([]int, error) {
	if s.draws() == DrawLabels {
		for _, label := range e.Answer().Labels {
			if label < 0 {
				return nil, fmt.Errorf("example %q has the label %d, expected at least 0", data.NameOf(e), label)
			}
			if !slices.Contains(found, label) {
				found = append(found, label)
			}
		}
		return found, nil
	}
	for _, tag := range e.Answer().Tags {
		if tag < 0 || tag >= len(kinds) {
			return nil, fmt.Errorf("example %q has the tag %d, expected 0 to %d, an index into Sampler.Labels", data.NameOf(e), tag, len(kinds)-1)
		}
		if kind := kinds[tag]; kind != none && !slices.Contains(found, kind) {
			found = append(found, kind)
		}
	}
	return found, nil
}
