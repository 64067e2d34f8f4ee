package datareport

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
)

// Class is a class with its numbers of examples.
type Class struct {
	Name  string
	Index int
	// Source is the number of examples in the source, and Drawn those in the drawn splits: train,
	// validation and test.
	Source int
	Drawn  [3]int
}

// Classes returns the classes in the order of their indices. It is empty for a regression and
// without labels. An example of several labels counts in each of its classes.
func (r *Report) Classes() []Class {
	if r.Task != data.SingleLabel && r.Task != data.MultiLabel {
		return nil
	}
	classes := make([]Class, len(r.Set.Labels))
	for i, name := range r.Set.Labels {
		classes[i] = Class{Name: name, Index: i}
	}
	each := func(examples []data.Example, count func(*Class)) {
		for _, e := range examples {
			for _, label := range labelsOf(r.Task, e) {
				if label >= 0 && label < len(classes) {
					count(&classes[label])
				}
			}
		}
	}
	each(slices.Concat(r.Set.Train, r.Set.Validation, r.Set.Test), func(c *Class) { c.Source++ })
	for i, half := range r.DrawnHalves() {
		each(half.Examples, func(c *Class) { c.Drawn[i]++ })
	}
	return classes
}

func labelsOf(task data.Task, e data.Example) []int {
	if task == data.MultiLabel {
		return e.Labels
	}
	return []int{e.Label}
}

// Unanswered returns the number of examples of several labels that have no class.
func (r *Report) Unanswered() (n int) {
	for _, e := range slices.Concat(r.Set.Train, r.Set.Validation, r.Set.Test) {
		if r.Task == data.MultiLabel && len(e.Labels) == 0 {
			n++
		}
	}
	return n
}

// Values returns the answers of a regression.
func (r *Report) Values() []float64 {
	if r.Task != data.Regression {
		return nil
	}
	var values []float64
	for _, e := range slices.Concat(r.Set.Train, r.Set.Validation, r.Set.Test) {
		values = append(values, e.Value)
	}
	return values
}

// Answer returns the answer of an example: its class, its classes, its number, or the tags of its
// words.
func (r *Report) Answer(e data.Example) any {
	switch r.Task {
	case data.SingleLabel:
		if e.Label >= 0 && e.Label < len(r.Set.Labels) {
			return r.Set.Labels[e.Label]
		}
	case data.MultiLabel:
		names := []string{}
		for _, label := range e.Labels {
			names = append(names, r.Set.Labels[label])
		}
		return names
	case data.Regression:
		return e.Value
	case data.TokenClassification:
		return r.tagsOf(e)
	}
	return nil
}

// Samples returns a few examples: of classes the first ones of each, in turn, otherwise examples
// at equal distances.
func (r *Report) Samples(most int) []data.Example {
	all := r.Examples()
	if r.Task != data.SingleLabel {
		return spread(all, most)
	}
	byClass := make([][]data.Example, len(r.Set.Labels))
	for _, e := range all {
		if e.Label >= 0 && len(byClass[e.Label]) < most {
			byClass[e.Label] = append(byClass[e.Label], e)
		}
	}
	var out []data.Example
	for turn := 0; turn < most; turn++ {
		for _, of := range byClass {
			if turn < len(of) && len(out) < most {
				out = append(out, of[turn])
			}
		}
	}
	return out
}

// spread returns at most n elements at equal distances.
func spread[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	out := make([]T, n)
	for i := range out {
		out[i] = all[i*len(all)/n]
	}
	return out
}
