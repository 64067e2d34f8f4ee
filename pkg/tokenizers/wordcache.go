package tokenizers

import (
	"encoding/binary"
	"math/bits"
)

// wordCache keeps the ids of words, since a few thousand words are most of every text. Its table has two
// places for each word and fits a processor's cache: a lookup in the map of a whole vocabulary takes
// several times as long. A new word takes the second place, and a word that recurs the first, so that rare
// words do not displace frequent ones. Behind it, a map keeps the words of several pieces, whose ids take the longest to
// find.
type wordCache struct {
	places []cachedWord
	split  map[string][]int32 // ids of words of several pieces
}

// cachedWord is a word and its ids; the zero value is an empty place.
type cachedWord struct {
	word  wordKey
	ids   [maxPlaceIDs]int32
	count int32
}

const (
	cachePlaces  = 1 << 16 // a power of two: 2 MB
	maxPlaceIDs  = 3
	maxPlaceWord = keyBytes - 1 // bytes
	maxSplit     = 1 << 15      // words: there is no end of rare words
)

func newWordCache() *wordCache {
	return &wordCache{places: make([]cachedWord, cachePlaces), split: map[string][]int32{}}
}

// wordKey holds the bytes of a word of at most maxPlaceWord bytes, and its length in the last byte, so
// that no word is zero.
type wordKey struct{ low, high uint64 }

const keyBytes = 16

// keyOf returns the key of text[start:end].
func keyOf(text []byte, start, end int) wordKey {
	var k wordKey
	if start+keyBytes <= cap(text) { // the bytes behind the word are masked below
		b := text[start : start+keyBytes]
		k = wordKey{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
	} else {
		var b [keyBytes]byte
		copy(b[:], text[start:end])
		k = wordKey{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}
	}
	n := end - start
	m := &wordBytes[n&maxPlaceWord]
	return wordKey{k.low & m.low, k.high&m.high | uint64(n)<<56}
}

// wordBytes are the bits of the bytes of a word by its length. A branch for each length would be as
// unpredictable as the words.
var wordBytes = func() (m [maxPlaceWord + 1]wordKey) {
	for n := range m {
		m[n].low = 1<<(8*min(n, 8)) - 1
		m[n].high = 1<<(8*max(n-8, 0)) - 1
	}
	return m
}()

// place returns the index of the word's first place; the second is its neighbour.
func (k wordKey) place() int {
	high, low := bits.Mul64(k.low^0x9E3779B97F4A7C15, k.high^0xD6E8FEB86659FD93)
	return int((high ^ low) & (cachePlaces - 1))
}

// appendIDs appends the ids of the word text[start:end] to ids. Those of a new word are computed by w.
func (c *wordCache) appendIDs(ids []int32, text []byte, start, end int, w *wordPiece) []int32 {
	if end-start > maxPlaceWord {
		return c.find(ids, text[start:end], w)
	}
	key := keyOf(text, start, end)
	i := key.place()
	first, second := &c.places[i], &c.places[i^1]
	switch key {
	case first.word:
		return first.appendIDs(ids)
	case second.word:
		*first, *second = *second, *first
		return first.appendIDs(ids)
	}
	before := len(ids)
	ids = c.find(ids, text[start:end], w)
	if found := ids[before:]; len(found) <= maxPlaceIDs {
		second.word, second.count = key, int32(copy(second.ids[:], found))
	}
	return ids
}

// appendIDs appends the ids of the word.
func (w *cachedWord) appendIDs(ids []int32) []int32 {
	if w.count == 1 {
		return append(ids, w.ids[0])
	}
	return append(ids, w.ids[:w.count]...)
}

// find appends the ids of a word that is not in the table.
func (c *wordCache) find(ids []int32, word []byte, w *wordPiece) []int32 {
	if id, ok := w.first[string(word)]; ok && len(word) <= w.maxRunes {
		return append(ids, id)
	}
	if known, ok := c.split[string(word)]; ok {
		return append(ids, known...)
	}
	before := len(ids)
	ids = w.append(ids, word)
	if len(word) > w.maxRunes {
		return ids // longer than any word that has pieces: not kept
	}
	if len(c.split) >= maxSplit {
		clear(c.split)
	}
	c.split[string(word)] = append([]int32(nil), ids[before:]...)
	return ids
}
