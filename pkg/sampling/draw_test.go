package sampling

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// reviewsOf makes reviews of the classes' sizes, classes mixed.
func reviewsOf(sizes ...int) []data.Example {
	var reviews []data.Example
	for i := 0; i < slices.Max(sizes); i++ {
		for label, size := range sizes {
			if i < size {
				reviews = append(reviews, data.Example{ID: fmt.Sprintf("%d/%d", label, i), Text: "x", Label: label})
			}
		}
	}
	return reviews
}

func TestSubsetKeepsShares(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		n     int
		want  []int
	}{
		{[]int{50, 50}, 20, []int{10, 10}},
		{[]int{50, 50}, 21, []int{11, 10}},
		{[]int{50, 50}, 100, []int{50, 50}},
		{[]int{75, 25}, 40, []int{30, 10}},
		{[]int{98, 2}, 10, []int{9, 1}}, // never an empty class
		{[]int{98, 2}, 2, []int{1, 1}},
		{[]int{30, 20, 10}, 12, []int{6, 4, 2}},
	} {
		reviews := reviewsOf(c.sizes...)
		got, err := Subset(Sampler{Seed: 7}, reviews, c.n)
		if err != nil {
			t.Fatal(err)
		}
		counts := must(data.Counts(got, len(c.sizes)))
		if !slices.Equal(counts, c.want) {
			t.Errorf("%d of %v: %v, want %v", c.n, c.sizes, counts, c.want)
		}
		// In the old order, hence each at most once.
		at := 0
		for _, r := range got {
			for !reflect.DeepEqual(reviews[at], r) {
				if at++; at == len(reviews) {
					t.Fatalf("%v is out of order", r)
				}
			}
			at++
		}
	}
}

func TestSubsetIsSeededAndNested(t *testing.T) {
	reviews := reviewsOf(300, 200, 7)
	large := must(Subset(Sampler{Seed: 1}, reviews, 120))
	if !reflect.DeepEqual(large, must(Subset(Sampler{Seed: 1}, reviews, 120))) {
		t.Error("the same seed gives another subset")
	}
	if reflect.DeepEqual(large, must(Subset(Sampler{Seed: 2}, reviews, 120))) {
		t.Error("another seed gives the same subset")
	}
	for n := 3; n < 120; n++ {
		for _, r := range must(Subset(Sampler{Seed: 1}, reviews, n)) {
			if !slices.ContainsFunc(large, func(other data.Example) bool { return other.ID == r.ID }) {
				t.Fatalf("%s is in the subset of %d, not in that of 120", r.ID, n)
			}
		}
	}
}

// TestSubsetIsFair draws often: every review must come about equally often.
func TestSubsetIsFair(t *testing.T) {
	reviews := reviewsOf(20, 10)
	drawn := map[string]int{}
	const trials = 3000
	for seed := range int64(trials) {
		for _, r := range must(Subset(Sampler{Seed: seed}, reviews, 6)) {
			drawn[r.ID]++
		}
	}
	// Binomial with p = 0.2: 600 expected, standard deviation 22.
	for _, r := range reviews {
		if n := drawn[r.ID]; n < 600-110 || n > 600+110 {
			t.Errorf("%s was drawn %d times of %d, want about 600", r.ID, n, trials)
		}
	}
}

func TestSplitDivides(t *testing.T) {
	reviews := reviewsOf(60, 30)
	before := slices.Clone(reviews)
	rest, held, err := Split(Sampler{Seed: 3}, reviews, 30)
	if err != nil {
		t.Fatal(err)
	}
	if got := must(data.Counts(held, 2)); !slices.Equal(got, []int{20, 10}) {
		t.Errorf("held out %v", got)
	}
	if got := must(data.Counts(rest, 2)); !slices.Equal(got, []int{40, 20}) {
		t.Errorf("rest %v", got)
	}
	for _, r := range held {
		if slices.ContainsFunc(rest, func(other data.Example) bool { return other.ID == r.ID }) {
			t.Errorf("%s is in both parts", r.ID)
		}
	}
	if !reflect.DeepEqual(reviews, before) {
		t.Error("the reviews were changed")
	}
}

func TestSampleFaults(t *testing.T) {
	reviews := reviewsOf(5, 1)
	for _, n := range []int{-1, 0, 1, 7} {
		if _, err := Subset(Sampler{}, reviews, n); err == nil {
			t.Errorf("a subset of %d of 6 with 2 classes was drawn", n)
		}
	}
	if _, err := Subset[data.Example](Sampler{}, nil, 0); err == nil {
		t.Error("a subset of nothing was drawn")
	}
	_, _, err := Split(Sampler{}, reviews, 2)
	wantError(t, err, "leaves none with label 1")
}

// TestSubsetWithout: what is left out is replaced, and nothing else changes.
func TestSubsetWithout(t *testing.T) {
	var reviews []data.Example
	for i := range 100 {
		reviews = append(reviews, data.Example{ID: fmt.Sprint(i), Text: "x", Label: i % 3})
	}
	ids := func(list []data.Example) (ids []string) {
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return ids
	}
	drawn, err := Subset(Sampler{Seed: 7}, reviews, 30)
	if err != nil {
		t.Fatal(err)
	}
	gone := slices.IndexFunc(reviews, func(r data.Example) bool { return r.ID == drawn[4].ID })
	again, err := Subset(Sampler{Seed: 7}, reviews, 30, gone)
	if err != nil {
		t.Fatal(err)
	}
	var more, less []string
	for _, id := range ids(again) {
		if !slices.Contains(ids(drawn), id) {
			more = append(more, id)
		}
	}
	for _, id := range ids(drawn) {
		if !slices.Contains(ids(again), id) {
			less = append(less, id)
		}
	}
	if len(more) != 1 || len(less) != 1 || less[0] != drawn[4].ID {
		t.Fatalf("%q came for %q, expected one for %s", more, less, drawn[4].ID)
	}
	if a, b := slices.IndexFunc(again, func(r data.Example) bool { return r.ID == more[0] }), drawn[4].Label; again[a].Label != b {
		t.Errorf("label %d came for %d", again[a].Label, b)
	}
	rest, held, err := Split(Sampler{Seed: 7}, reviews, 30, gone)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ids(held), ids(again)) || len(rest) != 70 || !slices.Contains(ids(rest), drawn[4].ID) {
		t.Errorf("held out %q, left %d", ids(held), len(rest))
	}
	if _, err := Subset(Sampler{Seed: 7}, reviews, 100, gone); err == nil || !strings.Contains(err.Error(), "100 of 99") {
		t.Errorf("drew one that was left out: %v", err)
	}
}
