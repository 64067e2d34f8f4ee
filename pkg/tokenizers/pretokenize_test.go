package tokenizers

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestWordFinder compares with a search one character at a time, on texts of every kind of character, of
// lengths around those of blocks, with words across the ends of blocks and more words than are found at
// once.
func TestWordFinder(t *testing.T) {
	c := chars()
	slow := func(text string) (words []string) {
		begun := false
		for _, r := range text {
			switch p := c.properties(r); {
			case p&charPunct != 0:
				words, begun = append(words, string(r)), false
			case p&charSpace != 0:
				begun = false
			case begun:
				words[len(words)-1] += string(r)
			default:
				words, begun = append(words, string(r)), true
			}
		}
		return words
	}
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []string{"a", "Z", "0", "9", " ", " ", ".", "~", "!", "/", "@", "\x00", "\x7f", "\t", "\n", "\u00a0", "\u00e9", "\u201c", "\u4e2d", "\U0001F600", "\u2014", "\u3000"}
	var f wordFinder
	for n := range 6000 {
		var b strings.Builder
		few := kinds
		if n%2 == 0 { // long runs of a few kinds
			few = []string{kinds[r.IntN(len(kinds))], kinds[r.IntN(len(kinds))], "a"}
		}
		for range r.IntN(1 + n%700) {
			b.WriteString(few[r.IntN(len(few))])
		}
		text := b.String()
		var got []string
		for f.reset(c, []byte(text)); f.next(); {
			for i := range f.count {
				got = append(got, text[f.starts[i]:f.ends[i]])
			}
		}
		if want := slow(text); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
	}
}
