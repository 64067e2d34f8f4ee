package data

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
)

// Subset draws n of the reviews by a seed so that every class keeps its share,
// and returns them in their old order. Every class that occurs among the
// reviews is drawn at least once; therefore n must be at least the number of
// classes, and at most the number of reviews.
//
// Subsets are nested: with the same reviews and seed, a smaller one is part of
// every larger one.
//
// Reviews at the places without are never drawn; the next ones of their class in the
// order of the draw take their places, so that the others stay.
func Subset(reviews []Review, n int, seed int64, without ...int) ([]Review, error) {
	chosen, err := draw(reviews, n, seed, without)
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
// from the rest. Reviews at the places without are left in the rest.
func Split(reviews []Review, n int, seed int64, without ...int) (rest, held []Review, err error) {
	chosen, err := draw(reviews, n, seed, without)
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
			return nil, nil, fmt.Errorf("holding %d of %d reviews out leaves none with label %d: hold fewer out, or add reviews of it; "+
				"at least one of each label is held out, so a label needs two",
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

// draw chooses n places other than those without, in ascending order. Each class is shuffled, and its
// k-th review (from 0) of m stands at k/m of the way: the n that stand first are
// the sample. This is Adams's rule of apportionment, which leaves no class out
// and takes no seat back when n grows.
func draw(reviews []Review, n int, seed int64, without []int) ([]int, error) {
	classes := map[int][]int{}
	for i, r := range reviews {
		classes[r.Label] = append(classes[r.Label], i)
	}
	left, out := map[int]int{}, make([]bool, len(reviews))
	for _, at := range without {
		out[at] = true
	}
	all := 0
	for i, r := range reviews {
		if !out[i] {
			left[r.Label]++
			all++
		}
	}
	if n < max(1, len(left)) || n > all {
		return nil, fmt.Errorf("cannot draw %d of %d reviews with %d labels: want at least one of each and no more than there are",
			n, all, len(left))
	}
	type place struct{ index, rank, size int }
	var places []place
	for _, label := range slices.Sorted(maps.Keys(classes)) {
		members := classes[label]
		random.Numbered(seed, random.ClassDraw, label).Shuffle(len(members), func(i, j int) {
			members[i], members[j] = members[j], members[i]
		})
		members = slices.DeleteFunc(members, func(at int) bool { return out[at] })
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
