package sampling

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// alone gives each example a group of its own.
func alone(n int) []int {
	groups := make([]int, n)
	for i := range groups {
		groups[i] = i
	}
	return groups
}

func idsOf(examples []data.Example) (ids []string) {
	for _, e := range examples {
		ids = append(ids, e.ID)
	}
	return ids
}

// Without copies, the held-out examples are those of Split.
func TestSplitGroupsWithoutCopies(t *testing.T) {
	examples := reviewsOf(50, 30, 20)
	for seed := range int64(5) {
		rest, held, err := SplitGroups(Sampler{Seed: seed}, examples, 0.2, alone(100))
		if err != nil {
			t.Fatal(err)
		}
		wantRest, wantHeld, err := Split(Sampler{Seed: seed}, examples, 20)
		if err != nil || !slices.Equal(idsOf(rest), idsOf(wantRest)) || !slices.Equal(idsOf(held), idsOf(wantHeld)) {
			t.Errorf("seed %d: held out %q, expected %q, %v", seed, idsOf(held), idsOf(wantHeld), err)
		}
	}
}

// Random data of many forms: no group is divided, each example is in one part, classes keep
// their shares, none of several groups is missing in a part, and a seed gives the same again.
func TestSplitGroupsProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for trial := range 300 {
		var examples []data.Example
		var groups []int
		classes := 1 + rng.IntN(6)
		pure := true
		for group := range 2 + rng.IntN(120) {
			label := rng.IntN(classes)
			for range 1 + max(0, rng.IntN(8)-5) {
				if rng.IntN(40) == 0 {
					label, pure = rng.IntN(classes), false // a contradicting copy
				}
				examples = append(examples, data.Example{ID: fmt.Sprint(len(examples)), Label: label})
				groups = append(groups, group)
			}
		}
		share := 0.05 + 0.5*rng.Float64()
		rest, held, err := SplitGroups(Sampler{Seed: int64(trial)}, examples, share, groups)
		ofClass := map[int]map[int]bool{}
		sizes := map[int]int{}
		for i, e := range examples {
			if ofClass[e.Label] == nil {
				ofClass[e.Label] = map[int]bool{}
			}
			ofClass[e.Label][groups[i]] = true
			sizes[e.Label]++
		}
		possible := false
		for _, of := range ofClass {
			possible = possible || len(of) > 1
		}
		if err != nil {
			if possible && pure {
				t.Errorf("trial %d: %v", trial, err)
			}
			continue
		}
		_, again, err := SplitGroups(Sampler{Seed: int64(trial)}, examples, share, groups)
		if err != nil || !slices.Equal(idsOf(held), idsOf(again)) {
			t.Fatalf("trial %d: the same seed held out %q and %q, %v", trial, idsOf(held), idsOf(again), err)
		}
		side := map[int]bool{}
		counts, stays := map[int]int{}, map[int]int{}
		h, r := 0, 0
		for i, e := range examples {
			isHeld := h < len(held) && held[h].ID == e.ID
			if isHeld {
				h++
				counts[e.Label]++
			} else if r < len(rest) && rest[r].ID == e.ID {
				r++
				stays[e.Label]++
			} else {
				t.Fatalf("trial %d: %s is in neither part, or out of order", trial, e.ID)
			}
			if other, seen := side[groups[i]]; seen && other != isHeld {
				t.Fatalf("trial %d: group %d is divided", trial, groups[i])
			}
			side[groups[i]] = isHeld
		}
		for label, n := range sizes {
			if stays[label] == 0 {
				t.Errorf("trial %d: nothing of class %d stays", trial, label)
			}
			if pure && len(ofClass[label]) > 1 && counts[label] == 0 {
				t.Errorf("trial %d: nothing of class %d is held out", trial, label)
			}
			if most := share*float64(n) + 4; pure && n > 20 && float64(counts[label]) > most {
				t.Errorf("trial %d: %d of %d of class %d are held out, share %.2f", trial, counts[label], n, label, share)
			}
		}
	}
}

// The same examples are held out on every machine.
func TestSplitGroupsIsFixed(t *testing.T) {
	_, held, err := SplitGroups(Sampler{Seed: 7}, reviewsOf(12, 6, 1), 0.2, append([]int{0, 0, 0}, alone(19)[3:]...))
	if want := []string{"0/3", "0/4", "1/5", "0/10"}; err != nil || !slices.Equal(idsOf(held), want) {
		t.Errorf("held out %q, expected %q, %v", idsOf(held), want, err)
	}
}

// Small classes give an error or stay, and nothing panics.
func TestSplitGroupsOfSmallClasses(t *testing.T) {
	rest, held, err := SplitGroups(Sampler{Seed: 1}, reviewsOf(10, 2, 1), 0.2, alone(13))
	if err != nil {
		t.Fatal(err)
	}
	if got := must(data.Counts(held, 3)); got[1] != 1 || got[2] != 0 || got[0] == 0 {
		t.Errorf("held out %v", got)
	}
	if got := must(data.Counts(rest, 3)); got[1] != 1 || got[2] != 1 {
		t.Errorf("rest %v", got)
	}
	for name, c := range map[string]struct {
		examples []data.Example
		groups   []int
		share    float64
		want     string
	}{
		"one each":       {reviewsOf(1, 1), alone(2), 0.2, "a single one"},
		"copies":         {reviewsOf(3, 1), []int{0, 1, 0, 0}, 0.2, "a single one"},
		"none":           {nil, nil, 0.2, "no example of 0"},
		"share 0":        {reviewsOf(5, 5), alone(10), 0, "between 0 and 1"},
		"share 1":        {reviewsOf(5, 5), alone(10), 1, "between 0 and 1"},
		"missing groups": {reviewsOf(5, 5), alone(9), 0.2, "expected one for each"},
	} {
		if _, _, err := SplitGroups(Sampler{Seed: 1}, c.examples, c.share, c.groups); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			wantError(t, err, c.want)
		}
	}
}
