package tokenizers

import (
	"encoding/binary"
	"math/bits"
)

// wordCache keeps the ids of words, since a few thousand words are most of every text. Words of at most
// maxPlaceWord bytes are in a hash table, each in one of maxProbes places from the one on that its hash selects.
// The first two are in one line of a processor's cache, and are compared without a branch. A word that is found
// behind them changes places with the first; a new word without an empty place displaces the first. The table
// grows with the number of words.
type wordCache struct {
	places []cachedWord                                 // their number is a power of two
	count  int                                          // of words in places
	found  [maxPlaceIDs*windowBytes + maxPlaceIDs]int32 // ids of a window's words
	read   uint64                                       // so that the compiler keeps what fetch reads
	long   map[string]int32                             // index in pieces of longer words
	pieces []int32                                      // of each longer word and of each of many pieces, the number of its ids and the ids
}

// cachedWord is a word and its ids; the zero value is an empty place.
type cachedWord struct {
	word wordKey // with the number of ids; maxPlaceIDs+1: ids[0] is their index in wordCache.pieces
	ids  [maxPlaceIDs]int32
}

const (
	firstPlaces  = 1 << 12 // 128 KB
	maxPlaces    = 1 << 18 // 8 MB
	maxProbes    = 16
	maxPlaceIDs  = 4
	maxPlaceWord = keyBytes - 1 // bytes
	maxPieces    = 1 << 19      // numbers in wordCache.pieces: there is no end of rare words
	maxLongWord  = maxWordRunes // bytes of a word in wordCache.long: some tokenizers split words of any length
)

func newWordCache() *wordCache {
	return &wordCache{places: make([]cachedWord, firstPlaces), long: map[string]int32{}}
}

// wordKey holds the bytes of a word of at most maxPlaceWord bytes. The last byte has its length, so that no
// word is zero, and in the table, in the highest bits, the number of its ids.
type wordKey struct{ low, high uint64 }

const (
	keyBytes  = 16
	countBits = 3
)

// noKey is the key of all words of more than maxPlaceWord bytes. It is in no place of the table.
var noKey = wordKey{high: (maxPlaceWord + 1) << 56}

// keyOf returns the key of the word of n bytes with which text begins.
func keyOf(text *[keyBytes]byte, n int) wordKey {
	if n > maxPlaceWord {
		return noKey
	}
	m := &wordBytes[n&maxPlaceWord]
	return wordKey{
		binary.LittleEndian.Uint64(text[:8]) & m.low,
		binary.LittleEndian.Uint64(text[8:])&m.high | uint64(n)<<56,
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

// hash selects the first place of a word.
func (k wordKey) hash() uint32 {
	return uint32((k.low ^ bits.RotateLeft64(k.high, 29)) * 0x9E3779B97F4A7C15 >> 32)
}

// differs returns 0 if both words are equal, whatever their numbers of ids: a comparison without a branch.
func (k wordKey) differs(other wordKey) uint64 {
	return (k.low ^ other.low) | (k.high^other.high)<<countBits
}

// ids returns the number of ids of a word in the table.
func (k wordKey) ids() int { return int(k.high >> (64 - countBits)) }

// withIDs returns the key of a word in the table with a number of ids; 0 for one outside of it.
func (k wordKey) withIDs(n int) wordKey {
	const others = 1<<(64-countBits) - 1
	return wordKey{k.low, k.high&others | uint64(n)<<(64-countBits)}
}

// appendIDs appends the ids of the words of a window to ids, until there are at least end. Those of a new word
// are computed by w.
func (c *wordCache) appendIDs(ids []int32, words *window, end int, w *wordPiece) []int32 {
	words.setKeys()
	c.fetch(words)
	for i := 0; i < words.count && len(ids) < end; i++ {
		ids, i = c.appendKnown(ids, words, i)
		if i < words.count && len(ids) < end {
			ids = c.appendOther(ids, words, i, w)
		}
	}
	if words.long != nil && len(ids) < end {
		ids = c.appendLong(ids, words.long, w)
	}
	return ids
}

// fetch reads the first places of the words of a window, so that all that are in memory only are on the way to the
// processor at the same time.
func (c *wordCache) fetch(words *window) {
	read := uint64(0)
	for i := range words.count {
		read |= c.places[int(words.hashes[i&(windowBytes-1)])&(len(c.places)-1)].word.high
	}
	c.read = read
}

// appendKnown appends the ids of the words from number first on up to one that is not in its first two places or
// has many pieces, and returns the number of that word. It has no other branch that depends on the words, since
// the processor could not predict it.
func (c *wordCache) appendKnown(ids []int32, words *window, first int) ([]int32, int) {
	n, places := 0, c.places
	for ; first < words.count; first++ {
		key := words.keys[first&(windowBytes-1)]
		place := int(words.hashes[first&(windowBytes-1)]) & (len(places) - 1)
		_, other := bits.Sub64(0, key.differs(places[place].word), 0)
		found := &places[place^int(other)]
		count := found.word.ids()
		if key.differs(found.word) != 0 || count > maxPlaceIDs {
			break
		}
		// All are written, since their number is as unpredictable as the words.
		*(*[maxPlaceIDs]int32)(c.found[n&(maxPlaceIDs*windowBytes-1):]) = found.ids
		n += count
	}
	return append(ids, c.found[:n]...), first
}

// appendOther appends the ids of word i, which is in neither of its first two places or has many pieces.
func (c *wordCache) appendOther(ids []int32, words *window, i int, w *wordPiece) []int32 {
	key := words.keys[i]
	if key == noKey {
		return c.appendLong(ids, words.word(i), w)
	}
	at, known := c.find(key)
	if !known {
		before := len(ids)
		ids = w.append(ids, words.word(i))
		c.put(key, ids[before:])
		return ids
	}
	found := c.places[at]
	first := int(key.hash()) & (len(c.places) - 1)
	c.places[at], c.places[first] = c.places[first], found
	if found.word.ids() > maxPlaceIDs {
		return append(ids, idsAt(c.pieces, found.ids[0])...)
	}
	return append(ids, found.ids[:found.word.ids()]...)
}

// find returns the place of a word; of a new one, the empty place where it belongs, or else the first. The
// places are probed in pairs. None becomes empty again.
func (c *wordCache) find(key wordKey) (place int, known bool) {
	first := int(key.hash())
	for i := range maxProbes {
		place = (first + i&^1) ^ i&1
		place &= len(c.places) - 1
		if key.differs(c.places[place].word) == 0 {
			return place, true
		}
		if c.places[place].word == (wordKey{}) {
			return place, false
		}
	}
	return first & (len(c.places) - 1), false
}

// put puts a new word in the table.
func (c *wordCache) put(key wordKey, ids []int32) {
	new := cachedWord{word: key.withIDs(min(len(ids), maxPlaceIDs+1))}
	if len(ids) > maxPlaceIDs {
		new.ids[0] = c.keep(ids)
	} else {
		copy(new.ids[:], ids)
	}
	place, _ := c.find(key)
	if c.places[place].word == (wordKey{}) {
		c.count++
	}
	c.places[place] = new
	if c.count > len(c.places)/2 && len(c.places) < maxPlaces {
		c.grow()
	}
}

// grow doubles the table.
func (c *wordCache) grow() {
	old := c.places
	c.places = make([]cachedWord, 2*len(old))
	for _, w := range old {
		if w.word != (wordKey{}) {
			place, _ := c.find(w.word.withIDs(0))
			c.places[place] = w
		}
	}
}

// appendLong appends the ids of a word that has no place in the table.
func (c *wordCache) appendLong(ids []int32, word []byte, w *wordPiece) []int32 {
	if len(word) > min(w.maxRunes, maxLongWord) {
		return w.append(ids, word) // not kept: most have no pieces, and the others are rare
	}
	if id, ok := w.first[string(word)]; ok {
		return append(ids, id)
	}
	index, ok := c.long[string(word)]
	if !ok {
		before := len(ids)
		ids = w.append(ids, word)
		index = c.keep(ids[before:])
		c.long[string(word)] = index
		return ids
	}
	return append(ids, idsAt(c.pieces, index)...)
}

// keep appends ids to c.pieces, and returns their index. If there are too many, it first removes all words.
func (c *wordCache) keep(ids []int32) int32 {
	if len(c.pieces) > maxPieces {
		clear(c.places)
		clear(c.long)
		c.pieces, c.count = c.pieces[:0], 0
	}
	index := int32(len(c.pieces))
	c.pieces = append(append(c.pieces, int32(len(ids))), ids...)
	return index
}

// idsAt returns the ids of the word with an index in wordCache.pieces.
func idsAt(pieces []int32, index int32) []int32 {
	return pieces[index+1:][:pieces[index]]
}
