package metrics

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestAccuracyBy: the groups hold every example once, in the measure's order, none that
// share a value are parted, each counts its right answers, and sizes are about equal
// where values do not repeat.
func TestAccuracyBy(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 1 + rng.IntN(60)
		p := somePredictions(n)
		values := make([]int, n)
		for i := range values {
			values[i] = rng.IntN(1 + rng.IntN(40))
		}
		wanted := 1 + rng.IntN(8)
		groups, err := p.AccuracyBy(values, wanted)
		if err != nil {
			t.Fatal(err)
		}
		if len(groups) > wanted {
			t.Fatalf("%d groups, expected at most %d", len(groups), wanted)
		}
		total, last := 0, -1
		for _, g := range groups {
			if g.From <= last || g.To < g.From {
				t.Fatalf("group %d to %d after %d", g.From, g.To, last)
			}
			last = g.To
			count, right := 0, 0
			for i, v := range values {
				if v < g.From || v > g.To {
					continue
				}
				count++
				if answer := 0; p.Logits[2*i+1] > p.Logits[2*i] {
					answer = 1
					if answer == p.Labels[i] {
						right++
					}
				} else if answer == p.Labels[i] {
					right++
				}
			}
			if count != g.Examples || g.Accuracy != float64(right)/float64(count) || g.Interval.Low > g.Accuracy || g.Interval.High < g.Accuracy {
				t.Fatalf("%+v, expected %d right of %d", g, right, count)
			}
			total += count
		}
		if total != n {
			t.Fatalf("groups hold %d of %d examples", total, n)
		}
	}
	p := somePredictions(20)
	groups, err := p.AccuracyBy(rng.Perm(20), 3)
	if err != nil || len(groups) != 3 || groups[0].Examples != 7 || groups[1].Examples < 6 || groups[2].Examples < 6 {
		t.Errorf("20 examples in three: %+v, %v", groups, err)
	}
	for _, c := range []struct {
		values []int
		groups int
	}{{make([]int, 19), 2}, {make([]int, 20), 0}} {
		if _, err := p.AccuracyBy(c.values, c.groups); err == nil || !strings.Contains(err.Error(), "20 examples") {
			t.Errorf("%d values, %d groups: %v", len(c.values), c.groups, err)
		}
	}
}

// TestConfidences are the probabilities of what was answered.
func TestConfidences(t *testing.T) {
	p := &Predictions{Classes: []string{"a", "b", "c"}, Labels: []int{0, 0}, Probabilities: []float32{0.2, 0.5, 0.3, 0.75, 0.125, 0.125}}
	got, err := p.Confidences()
	if err != nil || len(got) != 2 || got[0] != 0.5 || got[1] != 0.75 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := (&Predictions{}).Confidences(); err == nil {
		t.Error("predictions of nothing have confidences")
	}
}
