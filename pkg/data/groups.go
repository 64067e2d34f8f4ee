package data

import (
	"fmt"
	"math"
	"slices"
)

// SplitGroups holds out a share of the examples, between 0 and 1, as a test half, and returns
// the rest and the held-out examples, both in their original order. Examples of one group are
// never divided: groups has a number for each example, the same one for copies of a text, such
// as those of duplicates.Result.Groups.
//
// The held-out examples are stratified by class and determined by the seed. Where no two
// examples are of one group, they are those of [Split]. Each class has at least one of them, and
// one that stays, except a class whose examples are all of one group: it stays as a whole. A
// group that would exceed the share of a class stays as well, so that fewer examples may be held
// out.
func SplitGroups(examples []Example, share float64, groups []int, seed int64) (rest, held []Example, err error) {
	if !(share > 0 && share < 1) {
		return nil, nil, fmt.Errorf("share %v: expected a number between 0 and 1", share)
	}
	if len(groups) != len(examples) {
		return nil, nil, fmt.Errorf("%d groups of %d examples: expected one for each", len(groups), len(examples))
	}
	g := grouped{examples: examples, members: map[int][]int{}, ofClass: map[int]map[int]bool{}}
	for i, group := range groups {
		g.members[group] = append(g.members[group], i)
		label := examples[i].Label
		if g.ofClass[label] == nil {
			g.ofClass[label] = map[int]bool{}
		}
		g.ofClass[label][group] = true
	}
	in := g.hold(share, groups, seed)
	if !slices.Contains(in, true) {
		return nil, nil, fmt.Errorf("no example of %d can be held out: each class has a single one, or copies of a single one", len(examples))
	}
	for i, r := range examples {
		if in[i] {
			held = append(held, r)
		} else {
			rest = append(rest, r)
		}
	}
	return rest, held, nil
}

// grouped holds the groups of examples.
type grouped struct {
	examples []Example
	members  map[int][]int        // the examples of a group, ascending
	ofClass  map[int]map[int]bool // the groups of a class
}

// hold marks the examples to hold out.
func (g grouped) hold(share float64, groups []int, seed int64) []bool {
	sizes := map[int]int{}
	var excluded []int
	for i, r := range g.examples {
		sizes[r.Label]++
		if len(g.ofClass[r.Label]) < 2 {
			excluded = append(excluded, i)
		}
	}
	order, classes := inOrder(g.examples, seed, excluded)
	// The conversion forbids a fused multiplication, whose rounding differs between processors.
	n := int(math.Round(float64(share * float64(len(g.examples)))))
	n = min(max(n, classes), len(order))
	quota, taken := map[int]int{}, map[int]int{}
	for _, at := range order[:n] {
		label := g.examples[at].Label
		quota[label] = min(quota[label]+1, sizes[label]-1)
	}
	in := make([]bool, len(g.examples))
	take := func(group int) {
		for _, at := range g.members[group] {
			in[at] = true
			taken[g.examples[at].Label]++
		}
	}
	for _, at := range order {
		if !in[at] && g.fits(groups[at], taken, quota) {
			take(groups[at])
		}
	}
	// A class of which every group exceeds the quota gives its smallest one.
	tried := map[int]bool{}
	for _, at := range order {
		label := g.examples[at].Label
		if taken[label] > 0 || tried[label] {
			continue
		}
		tried[label] = true
		if group := g.smallest(label, order, groups); g.fits(group, taken, lessOne(sizes)) {
			take(group)
		}
	}
	return in
}

// fits reports whether the examples of a group can be taken without more than most of a class.
func (g grouped) fits(group int, taken, most map[int]int) bool {
	counts := map[int]int{}
	for _, at := range g.members[group] {
		counts[g.examples[at].Label]++
	}
	for label, n := range counts {
		if taken[label]+n > most[label] {
			return false
		}
	}
	return true
}

// smallest returns the smallest group of a class, the first of equal ones in order.
func (g grouped) smallest(label int, order, groups []int) int {
	best := -1
	for _, at := range order {
		if g.examples[at].Label != label {
			continue
		}
		if group := groups[at]; best < 0 || len(g.members[group]) < len(g.members[best]) {
			best = group
		}
	}
	return best
}

// lessOne returns the sizes less one, so that one example of each class stays.
func lessOne(sizes map[int]int) map[int]int {
	less := map[int]int{}
	for label, n := range sizes {
		less[label] = n - 1
	}
	return less
}
