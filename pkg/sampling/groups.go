package sampling

import (
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
)

// holdGroups marks the examples of a share of the groups.
func holdGroups[E data.Drawable](s Sampler, examples []E, share float64, groups []int) ([]bool, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	// The conversion forbids a fused multiplication, whose rounding differs between processors.
	n := int(math.Round(float64(share * float64(len(examples)))))
	switch s.draws() {
	case DrawLabels, DrawEntities:
		if len(examples) < 2 {
			return make([]bool, len(examples)), nil
		}
		return holdGroupsByLabels(s, examples, min(max(n, 1), len(examples)-1), groups)
	}
	groups = fromZero(groups)
	g := grouped{strata: strataOf(s, examples), eachClass: s.draws() == DrawClasses, members: newMembers(groups), several: map[int]bool{}}
	first := map[int]int{}
	for i, label := range g.strata {
		group, seen := first[label]
		if !seen {
			first[label] = groups[i]
		}
		g.several[label] = g.several[label] || seen && group != groups[i]
	}
	return g.hold(n, groups, s.Seed), nil
}

// members are the examples of each group, ascending. They take eight bytes for each example, of
// which there may be many millions.
type members struct{ starts, list []int32 }

// newMembers lists the examples of groups that are numbered from 0, below their number.
func newMembers(groups []int) members {
	m := members{make([]int32, len(groups)+1), make([]int32, len(groups))}
	for _, group := range groups {
		m.starts[group+1]++
	}
	for group := range groups {
		m.starts[group+1] += m.starts[group]
	}
	next := slices.Clone(m.starts)
	for i, group := range groups {
		m.list[next[group]] = int32(i)
		next[group]++
	}
	return m
}

func (m members) of(group int) []int32 { return m.list[m.starts[group]:m.starts[group+1]] }

// fromZero returns numbers from 0, below their number, for any numbers of groups.
func fromZero(groups []int) []int {
	if slices.ContainsFunc(groups, func(group int) bool { return group < 0 || group >= len(groups) }) {
		return numbered(groups)
	}
	return groups
}

// grouped holds the groups of examples.
type grouped struct {
	strata    []int // the class of each example, or its bin
	eachClass bool  // at least one example of each class is held out
	members   members
	several   map[int]bool // classes with more than one group
}

// hold marks n examples to hold out.
func (g grouped) hold(n int, groups []int, seed int64) []bool {
	sizes := map[int]int{}
	skip := make([]bool, len(g.strata)) // without the classes of a single group
	for i, label := range g.strata {
		sizes[label]++
		skip[i] = !g.several[label]
	}
	order, classes := inOrder(g.strata, seed, skip)
	least := 1
	if g.eachClass {
		least = classes
	}
	n = min(max(n, least), len(order))
	quota, taken := map[int]int{}, map[int]int{}
	for _, at := range order[:n] {
		label := g.strata[at]
		quota[label] = min(quota[label]+1, sizes[label]-1)
	}
	in := make([]bool, len(g.strata))
	take := func(group int) {
		for _, at := range g.members.of(group) {
			in[at] = true
			taken[g.strata[at]]++
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
		label := g.strata[at]
		if taken[label] > 0 || tried[label] || quota[label] == 0 {
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
	list := g.members.of(group)
	if len(list) == 1 {
		label := g.strata[list[0]]
		return taken[label] < most[label]
	}
	counts := map[int]int{}
	for _, at := range list {
		counts[g.strata[at]]++
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
		if g.strata[at] != label {
			continue
		}
		if group := groups[at]; best < 0 || len(g.members.of(group)) < len(g.members.of(best)) {
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
