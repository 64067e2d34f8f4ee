package data

import "math"

// holdGroups marks the examples of a share of the groups.
func (s Sampler) holdGroups(examples []Example, share float64, groups []int) ([]bool, error) {
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
		return s.holdGroupsByLabels(examples, min(max(n, 1), len(examples)-1), groups)
	}
	g := grouped{strata: s.strata(examples), eachClass: s.draws() == DrawClasses, members: map[int][]int{}, ofClass: map[int]map[int]bool{}}
	for i, group := range groups {
		g.members[group] = append(g.members[group], i)
		label := g.strata[i]
		if g.ofClass[label] == nil {
			g.ofClass[label] = map[int]bool{}
		}
		g.ofClass[label][group] = true
	}
	return g.hold(n, groups, s.Seed), nil
}

// grouped holds the groups of examples.
type grouped struct {
	strata    []int                // the class of each example, or its bin
	eachClass bool                 // at least one example of each class is held out
	members   map[int][]int        // the examples of a group, ascending
	ofClass   map[int]map[int]bool // the groups of a class
}

// hold marks n examples to hold out.
func (g grouped) hold(n int, groups []int, seed int64) []bool {
	sizes := map[int]int{}
	skip := make([]bool, len(g.strata)) // without the classes of a single group
	for i, label := range g.strata {
		sizes[label]++
		skip[i] = len(g.ofClass[label]) < 2
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
		for _, at := range g.members[group] {
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
	counts := map[int]int{}
	for _, at := range g.members[group] {
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
