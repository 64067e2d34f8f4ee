package pretrain

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/tokenizers"
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

// An added token is a word of its own, even one with the prefix of word pieces. A text that starts
// with a token that has the prefix starts with a word.
func TestWordsOfAddedTokens(t *testing.T) {
	vocab := append([]string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##X"}, strings.Split("a b ##b", " ")...)
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{Added: []tokenizers.AddedToken{{Content: "##X", Special: true}, {Content: "##Y"}}})
	if err != nil {
		t.Fatal(err)
	}
	c := newWordCounter(tokenizer)
	for text, want := range map[string]int{"##X": 1, "##X ab": 2, "ab ##X": 2, "##Y##X a": 3, "ab b": 2, "": 0} {
		ids := tokenizer.Encode(text, 0)
		if got := c.count(ids[1 : len(ids)-1]); got != want {
			t.Errorf("%d words in %q, expected %d", got, text, want)
		}
	}
	inner := int32(8) // ##b
	if got := c.count([]int32{inner, inner, 6}); got != 2 {
		t.Errorf("a text that starts within a word has %d words, expected 2", got)
	}
	if got := c.windows([]int32{inner, inner, 6}, 2); !slices.Equal(got, []window{{0, 2, 0}, {2, 3, 1}}) {
		t.Errorf("its windows are %v", got)
	}
}
