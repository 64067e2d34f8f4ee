package tokenizers

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// window finds the words of a part of a text. It finds all before any is looked up, eight characters at a time,
// and has no branch that depends on visible ASCII characters, which most texts consist of: the processor cannot
// predict where words end.
type window struct {
	text          [windowBytes + keyBytes]byte // normalized; more than the window, for keyOf
	starts, lasts places                       // of the first and the last byte of each word
	count         int                          // of words
	keys          [windowBytes]wordKey         // of words, after setKeys
	hashes        [windowBytes]uint32          // of keys
	long          []byte                       // a word that is longer than a window, instead of words; nil for none
}

const (
	windowBytes = 256 // so that a place is a byte
	blockBytes  = 64  // bytes that are examined together: one for each bit of a uint64
	blocks      = windowBytes / blockBytes
)

// word returns word i.
func (w *window) word(i int) []byte {
	return w.text[w.starts[i] : int(w.lasts[i])+1]
}

// setKeys computes the keys of the words and their hashes.
func (w *window) setKeys() {
	for i := range w.count {
		start := int(w.starts[i&(windowBytes-1)])
		key := keyOf((*[keyBytes]byte)(w.text[start:]), int(w.lasts[i&(windowBytes-1)])-start+1)
		w.keys[i&(windowBytes-1)], w.hashes[i&(windowBytes-1)] = key, key.hash()
	}
}

// read normalizes and finds the words with which a text begins, up to a character that is neither visible ASCII
// nor white space. It returns the number of bytes that it has read: 0 if there is such a character within
// blockBytes, or a word that is longer than a window.
func (w *window) read(text string, lowercase bool) int {
	return w.find(copy(w.text[:windowBytes], text), lowercase, nil)
}

// readNormalized finds the words with which a normalized text of any characters begins, and returns the number
// of bytes that it has read.
func (w *window) readNormalized(text []byte, chars *charTables) int {
	if n := w.find(copy(w.text[:windowBytes], text), false, chars); n > 0 {
		return n
	}
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if n > 0 && chars.properties(r)&(charSpace|charPunct) != 0 {
			break
		}
		n += size
	}
	w.count, w.long = 0, text[:n]
	return n
}

// find finds the words of the first n bytes of w.text, and returns the number of bytes up to the first that may
// be part of a longer word. It stops at other characters than visible ASCII and white space if chars is nil.
func (w *window) find(n int, lowercase bool, chars *charTables) (end int) {
	used := (n + blockBytes - 1) / blockBytes
	for i := n; i < used*blockBytes; i++ {
		w.text[i] = ' '
	}
	var b windowBits
	end = n
	for i := range used {
		b.letters[i], b.firsts[i], b.others[i] = readBlock((*[blockBytes]byte)(w.text[i*blockBytes:]), lowercase)
		if b.others[i] != 0 && chars == nil {
			used, end = i, i*blockBytes
			b.letters[i] = 0
			break
		}
	}
	b.lasts = b.firsts
	if chars != nil {
		end = b.addOthers(w.text[:n], chars)
	}
	w.count, w.long = 0, nil
	lasts := 0
	before := uint64(0) // 1 if the byte before the block is part of a letter
	for i := range used {
		letters := b.letters[i]
		first := letters&^(letters<<1|before) | b.firsts[i]
		last := letters&^(letters>>1|b.letters[i+1]<<(blockBytes-1)) | b.lasts[i]
		w.count, lasts = putBits(&w.starts, &w.lasts, w.count, lasts, i*blockBytes, first, last)
		before = letters >> (blockBytes - 1)
	}
	if end > 0 && (end < n || n == windowBytes) && b.letters.has(end-1) { // the last word may have more characters
		w.count--
		end = int(w.starts[w.count&(windowBytes-1)])
	}
	return end
}

// windowBits say which bytes of a window are part of letters, and of other characters that words consist of,
// which are the first and the last bytes of punctuation marks, and which are part of neither visible ASCII
// characters nor white space.
type windowBits struct{ letters, firsts, lasts, others bitSet }

// bitSet has a bit for each byte of a window, and a block behind it that is empty.
type bitSet [blocks + 1]uint64

func (s *bitSet) has(i int) bool { return s[i/blockBytes]>>(i%blockBytes)&1 == 1 }
func (s *bitSet) add(i int)      { s[i/blockBytes] |= 1 << (i % blockBytes) }
func (s *bitSet) remove(i int)   { s[i/blockBytes] &^= 1 << (i % blockBytes) }

// addOthers adds the characters of text that are in others to the other sets. It returns the position of a
// character whose last bytes are missing; else the length of text.
func (b *windowBits) addOthers(text []byte, chars *charTables) int {
	for i := range b.others {
		for b.others[i] != 0 {
			at := i*blockBytes + bits.TrailingZeros64(b.others[i])
			if !utf8.FullRune(text[at:]) {
				return at
			}
			r, size := utf8.DecodeRune(text[at:])
			p := chars.properties(r)
			for j := at; j < at+size; j++ {
				b.others.remove(j)
				if p&(charSpace|charPunct) == 0 {
					b.letters.add(j)
				}
			}
			if p&charPunct != 0 {
				b.firsts.add(at)
				b.lasts.add(at + size - 1)
			}
		}
	}
	return len(text)
}

// readBlock normalizes the visible ASCII characters of a block. It returns the bits of letters and digits, of
// punctuation marks, and of bytes that are neither visible ASCII nor white space, the lowest bit for the first
// byte.
func readBlock(block *[blockBytes]byte, lowercase bool) (letters, puncts, others uint64) {
	for i := 0; i < blockBytes; i += 8 {
		x := binary.LittleEndian.Uint64(block[i:])
		others >>= 8
		if notVisible(x)&highBits != 0 {
			x = spaced(x)
			others |= asBits(notVisible(x))
		}
		alnum := alphanumeric(x)
		letters = letters>>8 | asBits(alnum)
		puncts = puncts>>8 | asBits(atLeast(x, '!')&^alnum)
		if lowercase {
			binary.LittleEndian.PutUint64(block[i:], lower(x))
		}
	}
	return letters &^ others, puncts &^ others, others
}

// places are numbers of bytes in a window, and room for those that putBits writes without need.
type places [2*windowBytes + 8]uint8

// putBits writes first plus the number of each bit that is set in x from x's index n on, and the same for y
// from m on, and returns the indices after them. It writes eight at a time, since their number is as
// unpredictable as the text.
func putBits(xs, ys *places, n, m, first int, x, y uint64) (int, int) {
	at := uint64(first) * eachByte
	for range 8 {
		set := &setBits[uint8(x)]
		binary.LittleEndian.PutUint64(xs[n&(2*windowBytes-1):], set.places+at)
		n += int(set.count)
		set = &setBits[uint8(y)]
		binary.LittleEndian.PutUint64(ys[m&(2*windowBytes-1):], set.places+at)
		m += int(set.count)
		at, x, y = at+8*eachByte, x>>8, y>>8
	}
	return n, m
}

// setBits holds for each byte the numbers of the bits that are set, in the lowest bytes.
var setBits = func() (s [256]struct {
	places uint64
	count  uint8
}) {
	for b := range s {
		for bit := range 8 {
			if b>>bit&1 == 1 {
				s[b].places |= uint64(bit) << (8 * s[b].count)
				s[b].count++
			}
		}
	}
	return s
}()
