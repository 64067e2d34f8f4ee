package data

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Subset draws n of the reviews by a seed so that every class keeps its share,
// and returns them in their old order. Every class that occurs among the
// reviews is drawn at least once; therefore n must be at least the number of
// classes, and at most the number of reviews.
//
// Subsets are nested: with the same reviews and seed, a smaller one is part of
// every larger one.
func Subset(reviews []Review, n int, seed int64) ([]Review, error) {
	chosen, err := draw(reviews, n, seed)
	if err != nil {
		return nil, err
	}
	return pick(reviews, chosen), nil
}

// Split holds n of the reviews out, for validation, drawn as by [Subset], and
// returns the rest and those held out, both in their old order. Every class
// must be left in the rest too.
//
// With the same reviews and seed, what Split holds out is what Subset draws:
// to get both a small training set and a validation set, split first and draw
// from the rest.
func Split(reviews []Review, n int, seed int64) (rest, held []Review, err error) {
	chosen, err := draw(reviews, n, seed)
	if err != nil {
		return nil, nil, err
	}
	held = pick(reviews, chosen)
	in := make(map[int]bool, n)
	for _, i := range chosen {
		in[i] = true
	}
	left := map[int]bool{}
	for i, r := range reviews {
		if !in[i] {
			rest = append(rest, r)
			left[r.Label] = true
		}
	}
	for _, r := range held {
		if !left[r.Label] {
			return nil, nil, fmt.Errorf("holding %d of %d reviews out leaves none with label %d: hold fewer out, or add reviews of it",
				n, len(reviews), r.Label)
		}
	}
	return rest, held, nil
}

func pick(reviews []Review, chosen []int) []Review {
	picked := make([]Review, len(chosen))
	for i, at := range chosen {
		picked[i] = reviews[at]
	}
	return picked
}

// draw chooses n places, in ascending order. Each class is shuffled, and its
// k-th review (from 0) of m stands at k/m of the way: the n that stand first are
// the sample. This is Adams's rule of apportionment, which leaves no class out
// and takes no seat back when n grows.
func draw(reviews []Review, n int, seed int64) ([]int, error) {
	classes := map[int][]int{}
	for i, r := range reviews {
		classes[r.Label] = append(classes[r.Label], i)
	}
	if n < max(1, len(classes)) || n > len(reviews) {
		return nil, fmt.Errorf("cannot draw %d of %d reviews with %d labels: want at least one of each and no more than there are",
			n, len(reviews), len(classes))
	}
	type place struct{ index, rank, size int }
	var places []place
	for _, label := range slices.Sorted(maps.Keys(classes)) {
		members := classes[label]
		random(seed, drawClass, label).Shuffle(len(members), func(i, j int) {
			members[i], members[j] = members[j], members[i]
		})
		for rank, index := range members {
			places = append(places, place{index, rank, len(members)})
		}
	}
	// Stable: among equals the class of the lower label comes first.
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.rank*b.size, b.rank*a.size) })
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = places[i].index
	}
	slices.Sort(chosen)
	return chosen, nil
}
