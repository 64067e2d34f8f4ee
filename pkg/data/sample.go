package data

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
)

// Subset draws n of the examples by a seed, stratified by class, and returns them in their
// original order. It draws at least one example of each class, so n must be at least the number
// of classes, and at most the number of examples.
//
// Subsets are nested: with the same examples and seed, a smaller one is part of every larger
// one.
//
// The examples with the indices excluded are never drawn. The next examples of their classes in
// the order of the draw replace them, and the other drawn examples do not change.
func Subset(examples []Example, n int, seed int64, excluded ...int) ([]Example, error) {
	chosen, err := draw(examples, n, seed, excluded)
	if err != nil {
		return nil, err
	}
	return pick(examples, chosen), nil
}

// Split holds out n of the examples for validation, drawn as by [Subset], and returns the rest
// and the held-out examples, both in their original order. The rest must contain every class.
//
// With the same examples and seed, Split holds out the examples that Subset draws: to get both a
// small training set and a validation set, split first and draw from the rest. The examples
// with the indices excluded stay in the rest.
func Split(examples []Example, n int, seed int64, excluded ...int) (rest, held []Example, err error) {
	chosen, err := draw(examples, n, seed, excluded)
	if err != nil {
		return nil, nil, err
	}
	held = pick(examples, chosen)
	in := make(map[int]bool, n)
	for _, i := range chosen {
		in[i] = true
	}
	left := map[int]bool{}
	for i, r := range examples {
		if !in[i] {
			rest = append(rest, r)
			left[r.Label] = true
		}
	}
	for _, r := range held {
		if !left[r.Label] {
			return nil, nil, fmt.Errorf("holding out %d of %d examples leaves none with label %d: hold out fewer, or add examples of it; "+
				"at least one of each label is held out, so a label needs two",
				n, len(examples), r.Label)
		}
	}
	return rest, held, nil
}

func pick(examples []Example, chosen []int) []Example {
	picked := make([]Example, len(chosen))
	for i, at := range chosen {
		picked[i] = examples[at]
	}
	return picked
}

// draw returns n indices in ascending order, without the excluded ones: the first of [inOrder].
func draw(examples []Example, n int, seed int64, excluded []int) ([]int, error) {
	for _, at := range excluded {
		if at < 0 || at >= len(examples) {
			return nil, fmt.Errorf("cannot exclude example %d: expected an index from 0 to %d", at, len(examples)-1)
		}
	}
	candidates, classes := inOrder(examples, seed, excluded)
	if n < max(1, classes) || n > len(candidates) {
		return nil, fmt.Errorf("cannot draw %d of %d examples with %d labels: expected at least one of each label and at most all examples",
			n, len(candidates), classes)
	}
	chosen := slices.Clone(candidates[:n])
	slices.Sort(chosen)
	return chosen, nil
}

// inOrder returns the indices of the examples, without the excluded ones, in the order of the
// draw, and the number of their classes. It shuffles each class and gives its k-th example (from
// 0) of m the rank k/m; lower ranks come first. This is Adams's method of apportionment, which
// leaves out no class, and whose samples are nested.
func inOrder(examples []Example, seed int64, excluded []int) (order []int, number int) {
	classes := map[int][]int{}
	for i, r := range examples {
		classes[r.Label] = append(classes[r.Label], i)
	}
	skip := make([]bool, len(examples))
	for _, at := range excluded {
		skip[at] = true
	}
	type candidate struct{ index, rank, size int }
	var candidates []candidate
	for _, label := range slices.Sorted(maps.Keys(classes)) {
		members := classes[label]
		random.Numbered(seed, random.ClassDraw, label).Shuffle(len(members), func(i, j int) {
			members[i], members[j] = members[j], members[i]
		})
		members = slices.DeleteFunc(members, func(at int) bool { return skip[at] })
		if len(members) > 0 {
			number++
		}
		for rank, index := range members {
			candidates = append(candidates, candidate{index, rank, len(members)})
		}
	}
	// The sort is stable: among equal ranks the lower label comes first.
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.rank*b.size, b.rank*a.size) })
	order = make([]int, len(candidates))
	for i, c := range candidates {
		order[i] = c.index
	}
	return order, number
}
