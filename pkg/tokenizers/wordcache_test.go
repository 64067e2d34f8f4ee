package tokenizers

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestWordCache: the cache gives the ids of a word that WordPiece gives without it, for words of every
// length, of one to many pieces, in any order, at the end of a buffer and before other bytes.
func TestWordCache(t *testing.T) {
	w := newWordPiece([]string{"[UNK]", "a", "b", "ab", "##a", "##b", "##ab", "##ba", "\u00e9", "##\u00e9"}, "##", 40)
	r := rand.New(rand.NewPCG(1, 2))
	var words []string
	for n := range 45 {
		for range 40 {
			var b strings.Builder
			for range n {
				b.WriteString([]string{"a", "b", "\u00e9", "c"}[min(3, r.IntN(40)%13%4)])
			}
			words = append(words, b.String())
		}
	}
	words = append(words, "a\x00", "a", "\x00", "b\x00\x00")
	c := newWordCache()
	for range 30_000 {
		word := words[r.IntN(len(words))]
		if word == "" {
			continue
		}
		text := []byte("b" + word)
		if r.IntN(2) == 0 { // behind the word, something else within the capacity
			text = append(text, "abababababababababab"...)
		}
		text = slices.Clip(text)
		got := c.appendIDs([]int32{-1}, text, 1, 1+len(word), w)
		if want := w.append([]int32{-1}, []byte(word)); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", word, got, want)
		}
	}
}

// TestWordCacheIsBounded: texts without end do not fill the memory.
func TestWordCacheIsBounded(t *testing.T) {
	w := newWordPiece([]string{"[UNK]", "a", "b", "##a", "##b"}, "##", 100)
	c := newWordCache()
	for i := range 2*maxSplit + 10 {
		word := []byte("a")
		for bit := range 17 {
			word = append(word, "ab"[i>>bit&1])
		}
		c.appendIDs(nil, word, 0, len(word), w)
		if len(c.split) > maxSplit {
			t.Fatalf("%d words", len(c.split))
		}
	}
	if len(c.places) != cachePlaces {
		t.Errorf("%d places", len(c.places))
	}
}

// TestKeysDiffer: words that differ only in their length or in zero bytes have different keys, none of
// which is that of an empty place.
func TestKeysDiffer(t *testing.T) {
	seen := map[wordKey]string{{}: "an empty place"}
	for n := 1; n <= maxPlaceWord; n++ {
		for _, word := range []string{strings.Repeat("\x00", n), strings.Repeat("a", n), strings.Repeat("a", n-1) + "\x00", "b" + strings.Repeat("a", n-1)} {
			key := keyOf([]byte(word), 0, n)
			if other, ok := seen[key]; ok && other != word {
				t.Errorf("%q has the key of %q", word, other)
			}
			seen[key] = word
		}
	}
}
