package tokenizers

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestWordCache: the cache gives the ids of a word that WordPiece gives without it, for words of every
// length, of one to many pieces, in any order.
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
		got := appendWord(c, []int32{-1}, "b"+word+"abababababababababab", 1, 1+len(word), w)
		if want := w.append([]int32{-1}, []byte(word)); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", word, got, want)
		}
	}
}

// TestWordCacheIsBounded: texts without end do not fill the memory, and the words that the cache forgets
// get their ids again.
func TestWordCacheIsBounded(t *testing.T) {
	w := newWordPiece([]string{"[UNK]", "a", "##a", "##b", "##c", "##d"}, "##", 100)
	for _, kind := range []struct {
		letters string
		n       int
	}{
		{"abcd", 12}, // many ids
		{"abcd", 19}, // no place in the table
		{"wxyz", 12}, // one id: the table is full
	} {
		c := newWordCache()
		for i := range 2 * maxPlaces {
			word := []byte{kind.letters[0]}
			for letter := range kind.n {
				word = append(word, kind.letters[i>>(2*letter)&3])
			}
			for range 1 + i%2 {
				got := appendWord(c, nil, string(word), 0, len(word), w)
				if want := w.append(nil, word); !slices.Equal(got, want) {
					t.Fatalf("%s: %v, want %v", word, got, want)
				}
			}
			if len(c.places) > maxPlaces || c.count > len(c.places) || len(c.long) > maxPieces || len(c.pieces) > maxPieces+maxLongWord+1 {
				t.Fatalf("%d of %d places, %d long words, %d numbers", c.count, len(c.places), len(c.long), len(c.pieces))
			}
		}
	}
}

// TestWordCacheWithEqualHashes: words that one place is selected for, as no text but a malicious one has them,
// are found or forgotten, after few comparisons.
func TestWordCacheWithEqualHashes(t *testing.T) {
	c := newWordCache()
	for i := range uint64(1000) {
		key := wordKey{bits.RotateLeft64(i<<8|1, 29), i<<8 | 1}
		key.high |= 8 << 56
		key.low ^= bits.RotateLeft64(8<<56, 29)
		if key.hash() != (wordKey{}).hash() {
			t.Fatalf("another hash for %x", key)
		}
		c.put(key, []int32{int32(i)})
		if at, known := c.find(key); !known || c.places[at].ids[0] != int32(i) {
			t.Fatalf("word %d is at %d, %v", i, at, known)
		}
	}
	if c.count != maxProbes {
		t.Errorf("%d words, want %d", c.count, maxProbes)
	}
}

// TestWordCacheKeepsNoLongWords: where MaxWordRunes lets a tokenizer split words of any length, rare words of
// great length do not fill the memory.
func TestWordCacheKeepsNoLongWords(t *testing.T) {
	w := newWordPiece([]string{"[UNK]", "a", "##a", "##b", strings.Repeat("ab", 2*maxLongWord)}, "##", 1<<20)
	c := newWordCache()
	for n := maxLongWord - 2; n < 5*maxLongWord; n++ {
		word := []byte(strings.Repeat("ab", n)[:n])
		got := appendWord(c, nil, string(word), 0, len(word), w)
		if want := w.append(nil, word); !slices.Equal(got, want) {
			t.Fatalf("%s: %v, want %v", word, got, want)
		}
	}
	if len(c.long) != 3 || len(c.pieces) != 3*maxLongWord {
		t.Errorf("%d words with %d numbers, want 3 with %d", len(c.long), len(c.pieces), 3*maxLongWord)
	}
}

// TestDiffers: keys that differ in any one bit differ.
func TestDiffers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for bit := range 128 - countBits {
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

// TestNumberOfIDs: the number of ids is no part of a word.
func TestNumberOfIDs(t *testing.T) {
	k := wordKey{1, 0x0FFFFFFFFFFFFFFF}
	for n := range maxPlaceIDs + 2 {
		if with := k.withIDs(n); with.ids() != n || k.differs(with) != 0 || with.differs(k) != 0 || with.withIDs(0) != k {
			t.Errorf("%x with %d ids is %x with %d", k, n, with, with.ids())
		}
	}
}

// TestKeysDiffer: words that differ only in their length or in zero bytes have different keys, none of
// which is that of an empty place.
func TestKeysDiffer(t *testing.T) {
	seen := map[wordKey]string{{}: "an empty place"}
	for n := 1; n <= maxPlaceWord; n++ {
		for _, word := range []string{strings.Repeat("\x00", n), strings.Repeat("a", n), strings.Repeat("a", n-1) + "\x00", "b" + strings.Repeat("a", n-1)} {
			var text [keyBytes]byte
			copy(text[:], word+"behind the word")
			key := keyOf(&text, n)
			if other, ok := seen[key]; ok && other != word {
				t.Errorf("%q has the key of %q", word, other)
			}
			seen[key] = word
		}
	}
}

// appendWord is appendIDs for one word of a text that fits a window.
func appendWord(c *wordCache, ids []int32, text string, start, end int, w *wordPiece) []int32 {
	words := &window{count: 1}
	copy(words.text[:], text)
	words.starts[0], words.lasts[0] = uint8(start), uint8(end-1)
	if end > windowBytes {
		words.count, words.long = 0, []byte(text[start:end])
	}
	return c.appendIDs(ids, words, noLimit, w)
}
