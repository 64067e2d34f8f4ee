package stratify

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

func seeded(seed int) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 1)) }

// single makes an element of one example.
func single(labels ...int32) Element {
	e := Element{Size: 1}
	for _, l := range labels {
		e.Counts = append(e.Counts, Count{l, 1})
	}
	return e
}

// imbalanced makes examples with any of the labels, of which label l has the probability
// largest/(l+1)^power: the last ones are rare. Some labels occur together more often.
func imbalanced(rng *rand.Rand, n, labels int, largest, power float64) []Element {
	elements := make([]Element, n)
	for i := range elements {
		var of []int32
		for l := range labels {
			p := largest / math.Pow(float64(l+1), power)
			if len(of) > 0 && int(of[len(of)-1])+1 == l {
				p = min(1, 3*p)
			}
			if rng.Float64() < p {
				of = append(of, int32(l))
			}
		}
		elements[i] = single(of...)
	}
	return elements
}

// deviations returns for each label, and last for examples without one, how many more examples
// are drawn than its share, and the number of its examples.
func deviations(elements []Element, labels, n int, drawn []bool) (excess []float64, counts []int) {
	excess, counts = make([]float64, labels+1), make([]int, labels+1)
	all := 0
	for i, e := range elements {
		list := e.Counts
		if len(list) == 0 {
			list = []Count{{int32(labels), e.Size}}
		}
		all += int(e.Size)
		for _, c := range list {
			counts[c.Label] += int(c.N)
			if drawn[i] {
				excess[c.Label] += float64(c.N)
			}
		}
	}
	for l := range excess {
		excess[l] -= float64(n) * float64(counts[l]) / float64(all)
	}
	return excess, counts
}

func drawnSize(elements []Element, drawn []bool) (n int) {
	for i, e := range elements {
		if drawn[i] {
			n += int(e.Size)
		}
	}
	return n
}

func squares(list []float64) (sum float64) {
	for _, x := range list {
		sum += x * x
	}
	return sum
}

// Fifty labels, of which the most frequent one has hundreds of times the examples of the rarest:
// each label is within one example of its share, and a random draw is not.
func TestFiftyImbalancedLabels(t *testing.T) {
	const labels = 50
	for seed := range 6 {
		rng := seeded(seed)
		elements := imbalanced(rng, 4000, labels, 0.5, 1.6)
		for _, n := range []int{400, 800, 2000} {
			drawn := Iterative(elements, labels, n, Options{Rand: rng, KeepEach: seed%2 == 0})
			if got := drawnSize(elements, drawn); got != n {
				t.Fatalf("%d examples are drawn, expected %d", got, n)
			}
			excess, counts := deviations(elements, labels, n, drawn)
			for l, x := range excess {
				if math.Abs(x) > 1 {
					t.Errorf("seed %d, %d drawn: label %d, of %d examples, deviates by %.2f", seed, n, l, counts[l], x)
				}
			}
			random := make([]bool, len(elements))
			for _, e := range rng.Perm(len(elements))[:n] {
				random[e] = true
			}
			by, _ := deviations(elements, labels, n, random)
			if squares(excess) > squares(by)/20 {
				t.Errorf("seed %d, %d drawn: squared deviations %.1f, of a random draw %.1f", seed, n, squares(excess), squares(by))
			}
		}
	}
}

// A label that each example has alone is a class: it is within one example of its share.
func TestOneLabelEach(t *testing.T) {
	for seed := range 60 {
		rng := seeded(seed)
		labels := 1 + rng.IntN(9)
		var elements []Element
		for l := range labels {
			for range 10 + rng.IntN(200) {
				elements = append(elements, single(int32(l)))
			}
		}
		n := len(elements)/5 + rng.IntN(len(elements)/2)
		excess, _ := deviations(elements, labels, n, Iterative(elements, labels, n, Options{Rand: rng, KeepEach: true}))
		for l, x := range excess {
			if math.Abs(x) >= 1 {
				t.Errorf("seed %d: label %d deviates by %.2f", seed, l, x)
			}
		}
	}
}

// Small divisions are close to the best of all divisions.
func TestNearTheBestDivision(t *testing.T) {
	var sum, best float64
	for seed := range 300 {
		rng := seeded(seed)
		labels := 1 + rng.IntN(5)
		elements := imbalanced(rng, 6+rng.IntN(7), labels, 0.6, 0.5)
		n := 1 + rng.IntN(len(elements)-1)
		least := math.Inf(1)
		drawn := make([]bool, len(elements))
		for set := range 1 << len(elements) {
			if bits.OnesCount(uint(set)) != n {
				continue
			}
			for i := range drawn {
				drawn[i] = set>>i&1 == 1
			}
			excess, _ := deviations(elements, labels, n, drawn)
			least = min(least, squares(excess))
		}
		// Without room for each label, no label is drawn for its own sake.
		excess, counts := deviations(elements, labels, n, Iterative(elements, labels, n, Options{Rand: rng}))
		present := 0
		for _, c := range counts {
			if c > 0 {
				present++
			}
		}
		if present <= n {
			continue
		}
		sum += squares(excess)
		best += least
	}
	t.Logf("squared deviations %.1f, of the best divisions %.1f", sum, best)
	if best == 0 || sum > 1.15*best {
		t.Errorf("squared deviations %.1f, of the best divisions %.1f", sum, best)
	}
}

// Random problems of many forms: the size is exact, excluded examples stay and are replaced, a
// label keeps an example in the rest, and the same seed gives the same again.
func TestIterativeProperties(t *testing.T) {
	for seed := range 400 {
		rng := seeded(seed)
		labels := 1 + rng.IntN(12)
		elements := imbalanced(rng, 2+rng.IntN(80), labels, 0.2+0.7*rng.Float64(), 2*rng.Float64())
		n := 1 + rng.IntN(len(elements)-1)
		draw := func(keep bool, excluded []bool) []bool {
			return Iterative(elements, labels, n, Options{Rand: seeded(seed), KeepEach: keep, Excluded: excluded})
		}
		for _, keep := range []bool{false, true} {
			drawn := draw(keep, nil)
			if got := drawnSize(elements, drawn); got != n {
				t.Fatalf("seed %d: %d examples, expected %d", seed, got, n)
			}
			if !slices.Equal(drawn, draw(keep, nil)) {
				t.Fatalf("seed %d: the same seed draws others", seed)
			}
			if !slices.Equal(drawn, draw(keep, make([]bool, len(elements)))) {
				t.Fatalf("seed %d: without excluded examples the draw is another", seed)
			}
			if keep && len(elements)-n > labels {
				excess, counts := deviations(elements, labels, 0, drawn)
				for l, count := range counts {
					if count > 0 && int(excess[l]) == count {
						t.Errorf("seed %d: all %d examples of label %d are drawn", seed, count, l)
					}
				}
			}
			excluded := make([]bool, len(elements))
			out := 0
			for _, e := range rng.Perm(len(elements))[:rng.IntN(len(elements)-n+1)] {
				excluded[e] = true
				out++
			}
			again := draw(keep, excluded)
			if got := drawnSize(elements, again); got != n {
				t.Errorf("seed %d: %d examples without %d of %d, expected %d", seed, got, out, len(elements), n)
			}
			for e := range elements {
				if excluded[e] && again[e] || drawn[e] && !excluded[e] && !again[e] {
					t.Errorf("seed %d: element %d, excluded %v, was drawn %v and is drawn %v", seed, e, excluded[e], drawn[e], again[e])
				}
			}
		}
	}
}

// A label has a drawn example where there is room for that, also if its share is less, and one that
// occurs once stays in the rest of a division.
func TestRareLabels(t *testing.T) {
	var elements []Element
	for i := range 1000 {
		e := single(0)
		switch {
		case i < 2:
			e = single(0, 1)
		case i == 2:
			e = single(0, 2)
		case i == 3:
			e = single() // the only one without a label
		}
		elements = append(elements, e)
	}
	for seed := range 50 {
		for keep, want := range map[bool][]int{false: {-1, 1, 1, 1}, true: {-1, 1, 0, 0}} {
			drawn := Iterative(elements, 3, 50, Options{Rand: seeded(seed), KeepEach: keep})
			excess, _ := deviations(elements, 3, 0, drawn)
			for l, n := range want {
				if n >= 0 && int(excess[l]) != n {
					t.Errorf("seed %d, keep %v: %v of label %d, expected %d", seed, keep, excess[l], l, n)
				}
			}
			if drawnSize(elements, drawn) != 50 {
				t.Errorf("%d examples", drawnSize(elements, drawn))
			}
		}
	}
}

// Examples without any label, one example, labels that all occur once, and one label for all.
func TestExtremes(t *testing.T) {
	once := make([]Element, 20)
	for i := range once {
		once[i] = single(int32(i))
	}
	same := slices.Repeat([]Element{single(0)}, 20)
	for name, c := range map[string]struct {
		elements []Element
		labels   int
	}{
		"no labels": {make([]Element, 20), 0}, "once": {once, 20}, "the same": {same, 1}, "one": {[]Element{single(0)}, 1},
	} {
		for i := range c.elements {
			c.elements[i].Size = 1
		}
		for n := 1; n <= len(c.elements); n++ {
			for _, keep := range []bool{false, true} {
				if got := drawnSize(c.elements, Iterative(c.elements, c.labels, n, Options{Rand: seeded(1), KeepEach: keep})); got != n {
					t.Errorf("%s: %d drawn, expected %d", name, got, n)
				}
			}
		}
	}
}

// Each example is drawn about as often as any other with its labels.
func TestIterativeIsFair(t *testing.T) {
	var elements []Element
	for i := range 40 {
		elements = append(elements, []Element{single(0), single(0, 1), single(), single(1)}[i%4])
	}
	times := make([]int, len(elements))
	const trials = 2000
	for seed := range trials {
		for e, drawn := range Iterative(elements, 2, 12, Options{Rand: seeded(seed)}) {
			if drawn {
				times[e]++
			}
		}
	}
	// Binomial with p = 0.3: 600 expected, standard deviation 20.
	for e, n := range times {
		if n < 500 || n > 700 {
			t.Errorf("element %d was drawn %d times of %d, expected about 600", e, n, trials)
		}
	}
}

// Groups are drawn up to the number, each part has one, and the shares are near.
func TestGroups(t *testing.T) {
	for seed := range 200 {
		rng := seeded(seed)
		labels := 1 + rng.IntN(6)
		var elements []Element
		all := 0
		for range 2 + rng.IntN(60) {
			e := Element{Size: int32(1 + max(0, rng.IntN(8)-5))}
			for l := range labels {
				if rng.IntN(3) == 0 {
					e.Counts = append(e.Counts, Count{int32(l), 1 + rng.Int32N(e.Size)})
				}
			}
			elements = append(elements, e)
			all += int(e.Size)
		}
		n := max(1, int(float64(all)*(0.05+0.5*rng.Float64())))
		drawn := Iterative(elements, labels, n, Options{Rand: rng, KeepEach: true})
		got := drawnSize(elements, drawn)
		if !slices.Contains(drawn, true) || !slices.Contains(drawn, false) || got > max(n, 3) {
			t.Errorf("seed %d: %d of %d examples, expected at most %d", seed, got, all, n)
		}
		if ones := slices.ContainsFunc(elements, func(e Element) bool { return e.Size == 1 }); ones && len(elements) > 30 && got < n-2 {
			t.Errorf("seed %d: %d of %d examples, expected %d", seed, got, all, n)
		}
	}
	// One group cannot be divided, and is not drawn.
	if drawn := Iterative([]Element{{Size: 5}}, 0, 1, Options{Rand: seeded(1), KeepEach: true}); drawn[0] {
		t.Error("the only group is drawn")
	}
	// A large group stays, and the others fill the share.
	elements := []Element{{Size: 50, Counts: []Count{{0, 50}}}}
	for range 50 {
		elements = append(elements, single(0))
	}
	if drawn := Iterative(elements, 1, 20, Options{Rand: seeded(1), KeepEach: true}); drawn[0] || drawnSize(elements, drawn) != 20 {
		t.Errorf("drawn %v", drawn)
	}
}

// The same examples are drawn on every machine.
func TestIterativeIsFixed(t *testing.T) {
	elements := imbalanced(seeded(5), 24, 4, 0.6, 1)
	var chosen []int
	for e, drawn := range Iterative(elements, 4, 6, Options{Rand: seeded(7), KeepEach: true}) {
		if drawn {
			chosen = append(chosen, e)
		}
	}
	if got, want := fmt.Sprint(chosen), "[3 4 5 6 12 18]"; got != want {
		t.Errorf("drawn %s, expected %s", got, want)
	}
}
