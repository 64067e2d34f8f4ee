package sampling

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/data"
)

// draw returns n indices in ascending order, without the excluded ones. keepEach states that the
// other examples are a training set.
func draw[E data.Drawable](s Sampler, examples []E, n int, excluded []int, keepEach bool) ([]int, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	skip := make([]bool, len(examples))
	for _, at := range excluded {
		if at < 0 || at >= len(examples) {
			return nil, fmt.Errorf("cannot exclude example %d: expected an index from 0 to %d", at, len(examples)-1)
		}
		skip[at] = true
	}
	switch s.draws() {
	case DrawLabels, DrawEntities:
		if err := checkNumber(n, len(examples)-marks(skip)); err != nil {
			return nil, err
		}
		return drawByLabels(s, examples, n, skip, keepEach)
	}
	candidates, strata := inOrder(strataOf(s, examples), s.Seed, skip)
	if s.draws() != DrawClasses {
		if err := checkNumber(n, len(candidates)); err != nil {
			return nil, err
		}
	} else if n < max(1, strata) || n > len(candidates) {
		return nil, fmt.Errorf("cannot draw %d of %d examples with %d labels: expected at least one of each label and at most all examples",
			n, len(candidates), strata)
	}
	chosen := slices.Clone(candidates[:n])
	slices.Sort(chosen)
	return chosen, nil
}

func checkNumber(n, all int) error {
	if n < 1 || n > all {
		return fmt.Errorf("cannot draw %d of %d examples: expected at least one and at most all examples", n, all)
	}
	return nil
}

// inOrder returns the indices of the examples, without the skipped ones, in the order of the
// draw, and the number of their strata. strata has that of each example: its class. inOrder
// shuffles each stratum and gives its k-th example (from 0) of m the rank k/m; lower ranks come
// first. This is Adams's method of apportionment, which leaves out no stratum, and whose samples
// are nested.
func inOrder(strata []int, seed int64, skip []bool) (order []int, number int) {
	classes := map[int][]int{}
	for i, label := range strata {
		classes[label] = append(classes[label], i)
	}
	type candidate struct{ index, rank, size int32 } // there may be many millions
	candidates := make([]candidate, 0, len(strata))
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
			candidates = append(candidates, candidate{int32(index), int32(rank), int32(len(members))})
		}
	}
	// The sort is stable: among equal ranks the lower label comes first.
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(int64(a.rank)*int64(b.size), int64(b.rank)*int64(a.size)) })
	order = make([]int, len(candidates))
	for i, c := range candidates {
		order[i] = int(c.index)
	}
	return order, number
}
