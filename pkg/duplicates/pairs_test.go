package duplicates

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// pairPart makes a part of pairs.
func pairPart(name string, pairs ...[2]string) Part {
	p := Part{Name: name}
	for i, both := range pairs {
		p.Examples = append(p.Examples, data.Example{ID: fmt.Sprintf("%s/%d", name, i), Text: both[0], TextPair: both[1]})
	}
	return p
}

// A pair is a duplicate if both texts are; the kind is that of the less similar texts.
func TestPairs(t *testing.T) {
	const other = "a loud play in which nobody says a word until the lights go out"
	for name, c := range map[string]struct {
		a, b [2]string
		kind Kind
	}{
		"identical":               {[2]string{quiet, "Is it good?"}, [2]string{quiet, "Is it good?"}, Exact},
		"punctuation in one":      {[2]string{quiet, "Is it good?"}, [2]string{quiet, "Is it good!"}, Letters},
		"near in one":             {[2]string{quiet, "Is it good?"}, [2]string{quiet + " tonight", "Is it good?"}, Near},
		"near in both":            {[2]string{quiet, other}, [2]string{quiet + " tonight", other + " again"}, Near},
		"the second differs":      {[2]string{quiet, "Is it good?"}, [2]string{quiet, "Is it long?"}, ""},
		"the first differs":       {[2]string{quiet, other}, [2]string{other, other}, ""},
		"a short second differs":  {[2]string{quiet, "yes"}, [2]string{quiet, "no"}, ""},
		"no letters":              {[2]string{quiet, "!!!"}, [2]string{quiet + " tonight", "..."}, ""},
		"the same without any":    {[2]string{quiet, "!!!"}, [2]string{quiet + " tonight", "!!!"}, Near},
		"exchanged":               {[2]string{quiet, other}, [2]string{other, quiet}, ""},
		"divided at another word": {[2]string{"ab", "c"}, [2]string{"a", "bc"}, ""},
	} {
		d := duplicatesOf(t, pairPart("test", c.a), pairPart("train", c.b))
		kind := Kind("")
		if n := d.Count("train", "test"); n.Total() > 0 {
			kind = n.Examples[0].Kind
		}
		if kind != c.kind {
			t.Errorf("%s: %q, expected %q", name, kind, c.kind)
		}
	}
}

// Pairs are duplicates exactly where both texts alone are.
func TestPairsAgainstTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	sentence := func() string {
		words := make([]string, 1+rng.IntN(14))
		for i := range words {
			words[i] = string(rune('a' + rng.IntN(26)))
		}
		return strings.Join(words, " ")
	}
	change := func(text string) string {
		switch words := strings.Fields(text); rng.IntN(4) {
		case 0:
			return strings.ToUpper(text) + "."
		case 1:
			words[rng.IntN(len(words))] = "z"
			return strings.Join(words, " ")
		case 2:
			return text + " " + sentence()
		}
		return text
	}
	pairs := [][2]string{}
	for range 25 {
		both := [2]string{sentence(), sentence()}
		pairs = append(pairs, both, [2]string{change(both[0]), change(both[1])}, [2]string{both[0], sentence()})
	}
	found := duplicatesOf(t, pairPart("all", pairs...)).found
	kinds := []Kind{Exact, Letters, Near, ""}
	kindOf := func(a, b string) int {
		n := duplicatesOf(t, textsPart("a", "."+a), textsPart("b", "."+b)).Count("b", "a")
		return slices.Index([]int{n.Exact, n.Letters, n.Near, 1}, 1)
	}
	number := 0
	for i := range pairs {
		for j := range i {
			want := kinds[max(kindOf(pairs[i][0], pairs[j][0]), kindOf(pairs[i][1], pairs[j][1]))]
			got := Kind("")
			switch a, b := found.letters[0][i], found.letters[0][j]; {
			case found.exact[0][i] == found.exact[0][j]:
				got = Exact
			case a == b:
				got = Letters
			case slices.ContainsFunc(found.near[a], func(n nearDuplicate) bool { return n.class == b }):
				got = Near
			}
			if got != want {
				t.Errorf("%q and %q: %q, expected %q", pairs[i], pairs[j], got, want)
			}
			if got == Near {
				number++
			}
		}
	}
	if number < 3 {
		t.Errorf("%d near pairs: too little to compare", number)
	}
}

// Many pairs with the same first text are compared in a time that does not grow with the square
// of their number.
func TestManyPairsOfOneText(t *testing.T) {
	var pairs [][2]string
	for i := range 5000 {
		pairs = append(pairs, [2]string{strings.Repeat(quiet+" and more ", 5), fmt.Sprintf("number %d", i)})
	}
	if d := duplicatesOf(t, pairPart("train", pairs...)); len(d.Counts) > 0 {
		t.Errorf("%v", d.Counts)
	}
}

// Groups join duplicates of the kind, also those that a third example connects.
func TestGroups(t *testing.T) {
	d := duplicatesOf(t, textsPart("train",
		quiet, "other", quiet+" tonight", "Other!", quiet+" tonight we go home", "alone", "other"))
	for kind, want := range map[Kind][]int{
		Exact:   {0, 1, 2, 3, 4, 5, 1},
		Letters: {0, 1, 2, 1, 3, 4, 1},
		Near:    {0, 1, 0, 1, 0, 2, 1},
	} {
		if got := d.Groups(0, kind); !slices.Equal(got, want) {
			t.Errorf("%s: %v, expected %v", kind, got, want)
		}
	}
	d = duplicatesOf(t, textsPart("test", quiet+" tonight"), textsPart("train", quiet, "alone", quiet+" tonight we go home"))
	if got := d.Groups(1, Near); !slices.Equal(got, []int{0, 1, 0}) {
		t.Errorf("through the other part: %v", got)
	}
}

// Two copies with other answers contradict each other for every task.
func TestContradictingAnswers(t *testing.T) {
	for name, change := range map[string]func(*data.Example){
		"label":  func(r *data.Example) { r.Label = 1 },
		"labels": func(r *data.Example) { r.Labels = []int{0, 2} },
		"value":  func(r *data.Example) { r.Value = 2.5 },
	} {
		p := textsPart("train", quiet, quiet)
		if d := duplicatesOf(t, p); d.Contradicting != 0 {
			t.Errorf("%s: %d contradict", name, d.Contradicting)
		}
		change(&p.Examples[1])
		if d := duplicatesOf(t, p); d.Contradicting != 2 {
			t.Errorf("%s: %d contradict, expected 2", name, d.Contradicting)
		}
	}
}
