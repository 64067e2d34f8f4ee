package tokenizers

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// wordCache keeps the ids of words, since a few thousand words are most of every text. Its table fits a
// processor's cache: a lookup in the map of a whole vocabulary takes several times as long. A word has one
// of setPlaces places. The first two are compared without a branch. A word that is in neither, or has many
// pieces, moves to the first: those before it move back by one place, and a new word displaces the last.
// Behind the table, a map keeps the words of several pieces, whose ids take the longest to find.
type wordCache struct {
	places *[cachePlaces]cachedWord
	split  map[string]int32 // index in pieces of words of several pieces
	pieces []int32          // of each word of several pieces, the number of its ids and the ids
}

// cachedWord is a word and its ids; the zero value is an empty place.
type cachedWord struct {
	word  wordKey
	ids   [maxPlaceIDs]int32
	count int32 // of ids; maxPlaceIDs+1: ids[0] is their index in wordCache.pieces
}

const (
	cachePlaces  = 1 << 17 // a power of two: 4 MB
	setPlaces    = 4       // a power of two
	maxPlaceIDs  = 3
	maxPlaceWord = keyBytes - 1 // bytes
	maxSplit     = 1 << 17      // words in wordCache.split: there is no end of rare words
	maxSplitWord = maxWordRunes // bytes: nor is there of long ones, where the tokenizer splits them
)

func newWordCache() *wordCache {
	return &wordCache{places: new([cachePlaces]cachedWord), split: map[string]int32{}}
}

// wordKey holds the bytes of a word of at most maxPlaceWord bytes, and its length in the last byte, so
// that no word is zero. The key of a longer word differs from that of every word in the table.
type wordKey struct{ low, high uint64 }

const keyBytes = 16

// keyOf returns the key of the word of n bytes with which text begins. It copies nothing if the text has
// keyBytes bytes.
func keyOf(text []byte, n int) wordKey {
	if len(text) < keyBytes {
		text = append(make([]byte, 0, keyBytes), text...)[:keyBytes]
	}
	m := &wordBytes[n&maxPlaceWord]
	return wordKey{
		binary.LittleEndian.Uint64(text) & m.low,
		binary.LittleEndian.Uint64(text[8:])&m.high | uint64(min(n, 0xFF))<<56,
	}
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

// place returns the index of the word's first place. Those of the others differ in the lowest bits.
func (k wordKey) place() int {
	high, low := bits.Mul64(k.low^0x9E3779B97F4A7C15, k.high^0xD6E8FEB86659FD93)
	return int((high ^ low) % cachePlaces)
}

// differs returns 0 if both words are equal: a comparison without a branch.
func (k wordKey) differs(other wordKey) uint64 {
	return (k.low ^ other.low) | (k.high ^ other.high)
}

// appendIDs appends the ids of the words that f has found to ids, until there are at least end. Those of a
// new word are computed by w.
func (c *wordCache) appendIDs(ids []int32, f *wordFinder, end int, w *wordPiece) []int32 {
	for i := 0; i < f.count && len(ids) < end; i++ {
		ids, i = c.appendKnown(ids, f, i, end)
		if i < f.count && len(ids) < end {
			ids = c.appendOther(ids, f.text, f.starts[i], f.ends[i], w)
		}
	}
	return ids
}

// appendKnown appends the ids of the words of f from number first on, until there are at least end or the
// next word is not in its first two places or has many pieces, and returns the number of that word. It has
// no other branch that depends on the words, since the processor could not predict it.
func (c *wordCache) appendKnown(ids []int32, f *wordFinder, first, end int) ([]int32, int) {
	n, most := len(ids), maxPlaceIDs*(f.count-first)
	ids = slices.Grow(ids, most)[:n+most]
	text := f.text[:cap(f.text)] // more than the text, for keyOf
	places := c.places
	for ; first < f.count; first++ {
		start := f.starts[first&(maxBounds-1)]
		key := keyOf(text[start:], f.ends[first&(maxBounds-1)]-start)
		place := key.place()
		_, other := bits.Sub64(0, key.differs(places[place^1].word), 0)
		found := &places[place^1^int(other)]
		if key.differs(found.word) != 0 || found.count > maxPlaceIDs || n >= end {
			break
		}
		next := (*[maxPlaceIDs]int32)(ids[n:])
		*next = found.ids // all, since their number is as unpredictable as the words
		n += int(found.count)
	}
	return ids[:n], first
}

// appendOther appends the ids of the word text[start:end], which is in neither of its first two places or
// has many pieces.
func (c *wordCache) appendOther(ids []int32, text []byte, start, end int, w *wordPiece) []int32 {
	word := text[start:end]
	if len(word) > maxPlaceWord {
		if len(word) > min(w.maxRunes, maxSplitWord) {
			return w.append(ids, word) // not kept: most have no pieces, and the others are rare
		}
		return c.find(word, w).append(ids, c.pieces)
	}
	key := keyOf(text[start:cap(text)], len(word))
	first, at := key.place(), 0
	for at < setPlaces && key.differs(c.places[first^at].word) != 0 {
		at++
	}
	var found cachedWord
	if at < setPlaces {
		found = c.places[first^at]
	} else {
		found, at = c.find(word, w), setPlaces-1
		found.word = key
	}
	for ; at > 0; at-- {
		c.places[first^at] = c.places[first^(at-1)]
	}
	c.places[first] = found
	return found.append(ids, c.pieces)
}

// append appends the ids of the word.
func (w cachedWord) append(ids, pieces []int32) []int32 {
	if w.count > maxPlaceIDs {
		return append(ids, idsAt(pieces, w.ids[0])...)
	}
	return append(ids, w.ids[:w.count]...)
}

// idsAt returns the ids of the word with an index in wordCache.pieces.
func idsAt(pieces []int32, index int32) []int32 {
	return pieces[index+1:][:pieces[index]]
}

// find returns the ids of a word that is not in the table.
func (c *wordCache) find(word []byte, w *wordPiece) (found cachedWord) {
	if id, ok := w.first[string(word)]; ok && len(word) <= w.maxRunes {
		found.ids[0], found.count = id, 1
		return found
	}
	index, ok := c.split[string(word)]
	if !ok {
		if len(c.split) >= maxSplit {
			c.forget()
		}
		index = int32(len(c.pieces))
		c.split[string(word)] = index
		c.pieces = w.append(append(c.pieces, 0), word)
		c.pieces[index] = int32(len(c.pieces)) - index - 1
	}
	if ids := idsAt(c.pieces, index); len(ids) > maxPlaceIDs {
		found.ids[0], found.count = index, maxPlaceIDs+1
	} else {
		found.count = int32(copy(found.ids[:], ids))
	}
	return found
}

// forget removes the words of several pieces, except for those whose ids are in the table.
func (c *wordCache) forget() {
	clear(c.split)
	c.pieces = c.pieces[:0]
	for i := range c.places {
		if c.places[i].count > maxPlaceIDs {
			c.places[i] = cachedWord{}
		}
	}
}
