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
		got := appendWord(c, []int32{-1}, text, 1, 1+len(word), w)
		if want := w.append([]int32{-1}, []byte(word)); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", word, got, want)
		}
	}
}

// TestWordCacheIsBounded: texts without end do not fill the memory, and the words that the cache forgets
// get their ids again.
func TestWordCacheIsBounded(t *testing.T) {
	w := newWordPiece([]string{"[UNK]", "a", "##a", "##b", "##c", "##d"}, "##", 100)
	for _, n := range []int{12, 19} { // letters: with a place in the table, and without
		c := newWordCache()
		most := 0
		for i := range 2*maxSplit + 10 {
			word := []byte{'a'}
			for letter := range n {
				word = append(word, "abcd"[i>>(2*letter)&3])
			}
			got := appendWord(c, nil, word, 0, len(word), w)
			if want := w.append(nil, word); !slices.Equal(got, want) {
				t.Fatalf("%s: %v, want %v", word, got, want)
			}
			most = max(most, len(c.split))
		}
		if most > maxSplit || len(c.pieces) > maxSplit*(n+2) {
			t.Errorf("%d words with %d numbers", most, len(c.pieces))
		}
	}
}

// TestWordCacheKeepsNoLongWords: where MaxWordRunes lets a tokenizer split words of any length, rare words of
// great length do not fill the memory.
func TestWordCacheKeepsNoLongWords(t *testing.T) {
	w := newWordPiece([]string{"[UNK]", "a", "##a", "##b", strings.Repeat("ab", 2*maxSplitWord)}, "##", 1<<20)
	c := newWordCache()
	for n := maxSplitWord - 2; n < 5*maxSplitWord; n++ {
		word := []byte(strings.Repeat("ab", n)[:n])
		got := appendWord(c, nil, word, 0, len(word), w)
		if want := w.append(nil, word); !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v", word, got, want)
		}
	}
	if len(c.split) != 3 || len(c.pieces) != 3*maxSplitWord {
		t.Errorf("%d words with %d numbers, want 3 with %d", len(c.split), len(c.pieces), 3*maxSplitWord)
	}
}

// TestDiffers: keys that differ in any one bit differ.
func TestDiffers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for bit := range 128 {
		k := wordKey{r.Uint64(), r.Uint64()}
		other := wordKey{k.low ^ 1<<bit, k.high}
		if bit >= 64 {
			other = wordKey{k.low, k.high ^ 1<<(bit-64)}
		}
		if k.differs(k) != 0 || k.differs(other) == 0 || other.differs(k) == 0 {
			t.Errorf("%x and %x, which differ in bit %d", k, other, bit)
		}
	}
}

// TestKeysDiffer: words that differ only in their length or in zero bytes have different keys, none of
// which is that of an empty place.
func TestKeysDiffer(t *testing.T) {
	seen := map[wordKey]string{{}: "an empty place"}
	for n := 1; n <= maxPlaceWord; n++ {
		for _, word := range []string{strings.Repeat("\x00", n), strings.Repeat("a", n), strings.Repeat("a", n-1) + "\x00", "b" + strings.Repeat("a", n-1)} {
			key := keyOf([]byte(word), n)
			if other, ok := seen[key]; ok && other != word {
				t.Errorf("%q has the key of %q", word, other)
			}
			seen[key] = word
		}
	}
}

// appendWord is appendIDs for one word.
func appendWord(c *wordCache, ids []int32, text []byte, start, end int, w *wordPiece) []int32 {
	f := &wordFinder{text: text, count: 1}
	f.starts[0], f.ends[0] = start, end
	return c.appendIDs(ids, f, noLimit, w)
}
