package sampling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// tagNames are the tags of the sentences of answered.
var tagNames = []string{"B-LOC", "B-ORG", "B-PER", "I-ORG", "I-PER", "O"}

// answered makes n examples of a task, whose labels, values and tags are far from equally frequent.
func answered(task data.Task, n int, rng *rand.Rand) []data.Example {
	examples := make([]data.Example, n)
	for i := range examples {
		e := data.Example{ID: fmt.Sprint(i), Text: fmt.Sprint("text ", i), Label: -1}
		switch task {
		case data.MultiLabel:
			for label := range 8 {
				if rng.Float64() < 0.6/math.Pow(float64(label+1), 1.5) {
					e.Labels = append(e.Labels, label)
				}
			}
		case data.Regression:
			e.Value = math.Exp(rng.NormFloat64())
		case data.TokenClassification:
			for range 4 + rng.IntN(9) {
				tag := 5
				if rng.IntN(6) == 0 {
					tag = []int{0, 0, 0, 0, 0, 0, 2, 2, 2, 1}[rng.IntN(10)]
				}
				e.Words, e.Tags = append(e.Words, "w"), append(e.Tags, tag)
			}
		default:
			e.Label = int(math.Sqrt(float64(rng.IntN(30))))
		}
		examples[i] = e
	}
	return examples
}

// kindsOf returns the strata of an example; a number has the tenth of the sorted values it lies in.
func kindsOf(task data.Task, sorted []float64, e data.Example) (kinds []string) {
	switch task {
	case data.MultiLabel:
		for _, label := range e.Labels {
			kinds = append(kinds, fmt.Sprint(label))
		}
	case data.Regression:
		rank, _ := slices.BinarySearch(sorted, e.Value)
		return []string{fmt.Sprint(rank * 10 / len(sorted))}
	case data.TokenClassification:
		for _, tag := range e.Tags {
			if _, kind, ok := strings.Cut(tagNames[tag], "-"); ok && !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	default:
		return []string{fmt.Sprint(e.Label)}
	}
	if kinds == nil {
		kinds = []string{"none"}
	}
	return kinds
}

// largest returns the largest deviation of a kind from its share, in examples.
func largest(task data.Task, all, drawn []data.Example) (most float64, of string) {
	counts, inDraw := map[string]int{}, map[string]int{}
	sorted := make([]float64, len(all))
	for i, e := range all {
		sorted[i] = e.Value
	}
	slices.Sort(sorted)
	for _, e := range all {
		for _, kind := range kindsOf(task, sorted, e) {
			counts[kind]++
		}
	}
	for _, e := range drawn {
		for _, kind := range kindsOf(task, sorted, e) {
			inDraw[kind]++
		}
	}
	for kind, n := range counts {
		if x := math.Abs(float64(inDraw[kind]) - float64(n)*float64(len(drawn))/float64(len(all))); x > most {
			most, of = x, kind
		}
	}
	return most, of
}

var everyTask = []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification}

// The draw of each task keeps the shares to one example, in subsets, held-out examples and test
// halves; a random draw does not.
func TestSamplersKeepShares(t *testing.T) {
	for _, task := range everyTask {
		var random float64
		for seed := range int64(8) {
			rng := rand.New(rand.NewPCG(uint64(seed), 9))
			examples := answered(task, 700, rng)
			s := For(task, tagNames, seed)
			for _, n := range []int{60, 140, 501} {
				subset := must(Subset(s, examples, n))
				rest, held, err := Split(s, examples, n)
				if err != nil {
					t.Fatal(err)
				}
				_, half, err := SplitGroups(s, examples, float64(n)/700, alone(700))
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(idsOf(half), idsOf(held)) {
					t.Errorf("%s: without copies SplitGroups holds others than Split", task)
				}
				checkDivided(t, examples, rest, held)
				for name, drawn := range map[string][]data.Example{"subset": subset, "held": held} {
					if len(drawn) != n {
						t.Errorf("%s, %s: %d examples, expected %d", task, name, len(drawn), n)
					}
					if most, of := largest(task, examples, drawn); most > 1.0001 {
						t.Errorf("%s, seed %d, %s of %d: %s deviates by %.2f", task, seed, name, n, of, most)
					}
				}
				s := Sampler{Seed: seed, Draw: DrawRandom}
				most, _ := largest(task, examples, must(Subset(s, examples, n)))
				random += most / 24
			}
		}
		if random < 3 {
			t.Errorf("%s: a random draw deviates by %.2f", task, random)
		}
	}
}

// checkDivided checks that the parts are in order and contain each example once.
func checkDivided(t *testing.T, examples, rest, held []data.Example) {
	t.Helper()
	r, h := 0, 0
	for _, e := range examples {
		switch {
		case r < len(rest) && rest[r].ID == e.ID:
			r++
		case h < len(held) && held[h].ID == e.ID:
			h++
		default:
			t.Fatalf("example %s is in neither part, or out of order", e.ID)
		}
	}
	if r < len(rest) || h < len(held) {
		t.Fatalf("%d and %d examples of %d", len(rest), len(held), len(examples))
	}
}

// A seed draws the same again and another seed others; excluded examples are replaced; subsets of
// numbers are nested.
func TestSamplersAreSeeded(t *testing.T) {
	for _, task := range everyTask {
		examples := answered(task, 300, rand.New(rand.NewPCG(1, 2)))
		s := For(task, tagNames, 4)
		drawn := must(Subset(s, examples, 60))
		for range 5 {
			if !slices.Equal(idsOf(drawn), idsOf(must(Subset(s, examples, 60)))) {
				t.Fatalf("%s: the same seed gives another subset", task)
			}
		}
		other := s
		other.Seed = 5
		if slices.Equal(idsOf(drawn), idsOf(must(Subset(other, examples, 60)))) {
			t.Errorf("%s: another seed gives the same subset", task)
		}
		var excluded []int
		for i, e := range examples {
			if slices.Contains(idsOf(drawn)[:3], e.ID) {
				excluded = append(excluded, i)
			}
		}
		again := must(Subset(s, examples, 60, excluded...))
		missing := 0
		for _, id := range idsOf(drawn) {
			if !slices.Contains(idsOf(again), id) {
				missing++
			}
		}
		if len(again) != 60 || missing > 5 || s.Draw != DrawQuantiles && s.Draw != DrawClasses && missing != 3 {
			t.Errorf("%s: %d examples, without %d of the first ones", task, len(again), missing)
		}
		if s.Draw != DrawQuantiles {
			continue
		}
		large := idsOf(must(Subset(s, examples, 200)))
		for n := 1; n < 200; n++ {
			for _, id := range idsOf(must(Subset(s, examples, n))) {
				if !slices.Contains(large, id) {
					t.Fatalf("%s is in the subset of %d, not in that of 200", id, n)
				}
			}
		}
	}
}

// Every number of examples of every small data set of numbers has each bin's share to one example.
func TestQuantileShares(t *testing.T) {
	for all := 1; all <= 130; all++ {
		examples := make([]data.Example, all)
		for i := range examples {
			examples[i] = data.Example{ID: fmt.Sprint(i), Label: -1, Value: float64((i * 7) % 11)}
		}
		s := Sampler{Seed: int64(all), Draw: DrawQuantiles}
		bins := strataOf(s, examples)
		sizes := map[int]int{}
		for _, b := range bins {
			sizes[b]++
		}
		if want := min(max(all/5, 1), 10); len(sizes) != want {
			t.Errorf("%d examples: %d bins, expected %d", all, len(sizes), want)
		}
		for n := 1; n <= all; n++ {
			taken := map[int]int{}
			at := 0
			for _, e := range must(Subset(s, examples, n)) {
				for examples[at].ID != e.ID {
					at++
				}
				taken[bins[at]]++
			}
			for b, size := range sizes {
				if x := float64(taken[b]) - float64(n)*float64(size)/float64(all); math.Abs(x) >= 1 {
					t.Errorf("%d of %d: bin of %d deviates by %.2f", n, all, size, x)
				}
			}
		}
	}
}

// The classes of DrawClasses: each has at least one example and at most its share rounded up, and
// two classes are within one example of their shares. A class of two or more has one that stays.
func TestClassShares(t *testing.T) {
	for trial := range 300 {
		rng := rand.New(rand.NewPCG(uint64(trial), 3))
		sizes := make([]int, 1+rng.IntN(12))
		all := 0
		for i := range sizes {
			sizes[i] = 2 + int(math.Exp(6*rng.Float64()*rng.Float64()))
			all += sizes[i]
		}
		n := len(sizes) + rng.IntN(all-2*len(sizes)+1)
		examples := reviewsOf(sizes...)
		rest, held, err := Split(Sampler{Seed: int64(trial)}, examples, n)
		counts := must(data.Counts(held, len(sizes)))
		if err != nil && !slices.ContainsFunc(sizes, func(size int) bool { return size-1 < n*size/all+1 }) {
			t.Errorf("%d of %v: %v", n, sizes, err)
		}
		if err != nil {
			continue
		}
		stays := must(data.Counts(rest, len(sizes)))
		for label, size := range sizes {
			share := float64(n) * float64(size) / float64(all)
			if counts[label] < 1 || stays[label] < 1 || counts[label] > int(math.Ceil(share-1e-9)) {
				t.Errorf("%d of %v: %d of class %d, whose share is %.2f", n, sizes, counts[label], label, share)
			}
			if len(sizes) <= 2 && math.Abs(float64(counts[label])-max(share, 1)) > 1 {
				t.Errorf("%d of %v: %d of class %d, whose share is %.2f", n, sizes, counts[label], label, share)
			}
		}
	}
}

// Data sets at the limits: one example, equal answers, no answers, labels that occur once.
func TestSamplersAtTheLimits(t *testing.T) {
	for _, task := range everyTask {
		s := For(task, tagNames, 1)
		for name, build := range map[string]func(i int) data.Example{
			"equal": func(int) data.Example {
				return data.Example{Labels: []int{1}, Value: 3, Words: []string{"w"}, Tags: []int{2}}
			},
			"none": func(int) data.Example { return data.Example{Words: []string{"w"}, Tags: []int{5}} },
			"once": func(i int) data.Example {
				return data.Example{Labels: []int{i}, Value: float64(i), Words: []string{"w"}, Tags: []int{i % 6}}
			},
		} {
			for _, all := range []int{1, 2, 3, 12} {
				examples := make([]data.Example, all)
				for i := range examples {
					examples[i] = build(i)
					examples[i].ID = fmt.Sprint(i)
				}
				for n := 1; n <= all; n++ {
					if drawn, err := Subset(s, examples, n); err != nil || len(drawn) != n {
						t.Errorf("%s, %s: %d of %d drawn, %v", task, name, len(drawn), all, err)
					}
					rest, held, err := Split(s, examples, n)
					if (err != nil) != (n == all) {
						t.Errorf("%s, %s: %d of %d held out: %v", task, name, n, all, err)
					}
					if err == nil {
						checkDivided(t, examples, rest, held)
					}
				}
				rest, held, err := SplitGroups(s, examples, 0.2, alone(all))
				if (err != nil) != (all == 1) || err == nil && (len(held) == 0 || len(rest) == 0) {
					t.Errorf("%s, %s: a fifth of %d: %d and %d, %v", task, name, all, len(rest), len(held), err)
				}
				if _, _, err := SplitGroups(s, examples, 0.2, make([]int, all)); err == nil {
					t.Errorf("%s, %s: copies of one text were divided", task, name)
				}
			}
		}
	}
}

// Copies of a text stay together, and the shares of the other examples hold.
func TestSamplersDivideNoGroup(t *testing.T) {
	for _, task := range everyTask {
		for seed := range int64(20) {
			rng := rand.New(rand.NewPCG(uint64(seed), 5))
			examples := answered(task, 400, rng)
			groups := alone(400)
			for i := 1; i < 400; i++ {
				if rng.IntN(8) == 0 {
					groups[i] = groups[rng.IntN(i)]
				}
			}
			s := For(task, tagNames, seed)
			rest, held, err := SplitGroups(s, examples, 0.2, groups)
			if err != nil {
				t.Fatal(err)
			}
			checkDivided(t, examples, rest, held)
			side := map[int]bool{}
			for i, e := range examples {
				in := slices.ContainsFunc(held, func(h data.Example) bool { return h.ID == e.ID })
				if other, seen := side[groups[i]]; seen && other != in {
					t.Fatalf("%s: group %d is divided", task, groups[i])
				}
				side[groups[i]] = in
			}
			if len(held) > 80 || len(held) < 70 {
				t.Errorf("%s, seed %d: %d held out", task, seed, len(held))
			}
			if most, of := largest(task, examples, held); most > 3 {
				t.Errorf("%s, seed %d: %s deviates by %.2f", task, seed, of, most)
			}
		}
	}
}

// Draws, tags, labels and numbers of examples that are not possible are errors.
func TestSamplerFaults(t *testing.T) {
	examples := answered(data.TokenClassification, 50, rand.New(rand.NewPCG(1, 1)))
	for name, c := range map[string]struct {
		sampler Sampler
		n       int
		want    string
	}{
		"unknown draw":       {Sampler{Draw: "tags"}, 5, `the draw is "tags", expected one of`},
		"no names":           {Sampler{Draw: DrawEntities}, 5, "set Sampler.Labels"},
		"few names":          {Sampler{Draw: DrawEntities, Labels: []string{"O"}}, 5, "expected 0 to 0"},
		"too many":           {Sampler{Draw: DrawEntities, Labels: tagNames}, 51, "cannot draw 51 of 50 examples"},
		"none":               {Sampler{Draw: DrawQuantiles}, 0, "cannot draw 0 of 50 examples"},
		"too many, by value": {Sampler{Draw: DrawQuantiles}, 51, "cannot draw 51 of 50 examples"},
	} {
		_, err := Subset(c.sampler, examples, c.n)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		wantError(t, err, c.want)
	}
	for _, s := range []Sampler{{Draw: "tags"}, {Draw: DrawEntities}} {
		if _, _, err := SplitGroups(s, examples, 0.2, alone(50)); err == nil {
			t.Errorf("%q: a test half was held out", s.Draw)
		}
	}
	if _, err := Subset(Sampler{Draw: DrawLabels}, []data.Example{{ID: "a", Labels: []int{-2}}}, 1); err == nil {
		t.Error("a negative label was drawn")
	} else {
		wantError(t, err, `example "a" has the label -2`)
	}
	if _, err := Subset(Sampler{Draw: DrawLabels}, []data.Example{{ID: "a", Labels: []int{math.MaxInt / 2}}}, 1); err != nil {
		t.Errorf("a large label: %v", err)
	}
	if drawn, err := Subset(Sampler{Draw: DrawEntities, Labels: []string{"noun", "verb", "x", "y", "z", "O"}}, examples, 5); err != nil || len(drawn) != 5 {
		t.Errorf("parts of speech: %d drawn, %v", len(drawn), err)
	}
	if _, err := Subset(Sampler{Draw: DrawLabels}, examples, 5, 50); err == nil {
		t.Error("an example that does not exist was excluded")
	}
}
