package formats

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestSeenNumbers compares with a set of strings.
func TestSeenNumbers(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		var s seenNumbers
		seen, next := map[string]bool{}, 0
		for range 200 {
			if r.IntN(4) > 0 {
				next += 1 + r.IntN(2)
			}
			text := fmt.Sprintf("%s%d", []string{"Sentence: ", "Sentence: ", "", "0", "a/"}[r.IntN(5)], next-r.IntN(3))
			if r.IntN(20) == 0 {
				text = []string{"x", "Sentence: ", "99999999999999999999", "é1"}[r.IntN(4)]
			}
			if got := s.add(text); got == seen[text] {
				t.Fatalf("seed %d: %q is new: %t", seed, text, got)
			}
			seen[text] = true
		}
	}
}

// Numbers that ascend take no memory each.
func TestSeenNumbersOfAStream(t *testing.T) {
	var s seenNumbers
	for i := range 100_000 {
		if !s.add(fmt.Sprintf("Sentence: %d", i+1)) {
			t.Fatal(i)
		}
	}
	if len(s.runs) != 1 || s.others != nil || s.add("Sentence: 77") {
		t.Errorf("%d runs, %d others", len(s.runs), len(s.others))
	}
}
