package pretrain

import (
	"math/rand/v2"
	"testing"
)

// Windows are adjacent and none is too long. Each starts at the beginning of a word, unless one
// word fills it, and has the index of its first word.
func TestWindows(t *testing.T) {
	tokenizer := toyTokenizer(t)
	c := newWordCounter(tokenizer)
	begin, ok := tokenizer.ID("a")
	inner, ok2 := tokenizer.ID("##a")
	if !ok || !ok2 {
		t.Fatal("the toy vocabulary has changed")
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		size, n := 1+rng.IntN(8), rng.IntN(40)
		ids := make([]int32, n)
		words := make([]int, n)
		word, longest, run := -1, 0, 0
		for i := range ids {
			ids[i] = inner
			if i == 0 || rng.IntN(3) == 0 {
				ids[i], run = begin, 0
				word++
			}
			run++
			longest, words[i] = max(longest, run), word
		}
		if got := c.count(ids); got != word+1 {
			t.Fatalf("%d words in %v, expected %d", got, ids, word+1)
		}
		at := 0
		for _, w := range c.windows(ids, size) {
			if w.from != at || w.to <= w.from || w.to-w.from > size {
				t.Fatalf("window %+v after %d, of at most %d", w, at, size)
			}
			if w.word != words[w.from] {
				t.Fatalf("window %+v starts in word %d of %v", w, words[w.from], ids)
			}
			if longest <= size && c.continues[ids[w.from]] {
				t.Fatalf("window %+v cuts a word of %v, though none is longer than %d", w, ids, size)
			}
			at = w.to
		}
		if at != n {
			t.Fatalf("windows end at %d of %d", at, n)
		}
	}
}
