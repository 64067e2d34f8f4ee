package tokenizers

import (
	"encoding/binary"
	"unicode/utf8"
)

// window finds the words of a part of a text that has only visible ASCII characters and spaces, as most texts
// do. It normalizes the characters and finds the words in one pass, eight characters at a time, and has no
// branch that depends on them: the processor cannot predict where words end. Its words equal those of
// normalizer and wordFinder.
type window struct {
	text          [windowBytes + keyBytes]byte // normalized; more than the window, for keyOf
	starts, lasts places                       // of the first and the last character of each word
	count         int                          // of words
	long          []byte                       // a word after them that is longer than a window; nil for none
}

const (
	windowBytes = 256 // so that a place is a byte
	blockBytes  = 64  // bytes that are examined together: one for each bit of a uint64
)

// word returns word i.
func (w *window) word(i int) []byte {
	return w.text[w.starts[i] : int(w.lasts[i])+1]
}

// key returns the key of word i, for one of at most maxPlaceWord bytes, and its number of bytes.
func (w *window) key(i int) (key wordKey, size int) {
	start := int(w.starts[i&(windowBytes-1)])
	size = int(w.lasts[i&(windowBytes-1)]) - start + 1
	return keyOf((*[keyBytes]byte)(w.text[start:]), size), size
}

// read finds the words with which a text begins, up to a character of another kind, and returns the number of
// bytes that they and the spaces around them take: 0 if there is such a character within blockBytes, or a word
// that is longer than a window.
func (w *window) read(text string, lowercase bool) int {
	w.count, w.long = 0, nil
	size := copy(w.text[:windowBytes], text)
	blocks := (size + blockBytes - 1) / blockBytes
	for i := size; i < blocks*blockBytes; i++ {
		w.text[i] = ' '
	}
	var letters, puncts [windowBytes/blockBytes + 1]uint64
	for b := range blocks {
		var ok bool
		if letters[b], puncts[b], ok = readBlock((*[blockBytes]byte)(w.text[b*blockBytes:]), lowercase); !ok {
			blocks, size = b, b*blockBytes
			break
		}
	}
	lasts := 0
	before := uint64(0) // 1 if the character before the block is a letter
	for b := range blocks {
		first := letters[b]&^(letters[b]<<1|before) | puncts[b]
		last := letters[b]&^(letters[b]>>1|letters[b+1]<<(blockBytes-1)) | puncts[b]
		w.count, lasts = putBits(&w.starts, &w.lasts, w.count, lasts, b*blockBytes, first, last)
		before = letters[b] >> (blockBytes - 1)
	}
	if before == 1 && size == blocks*blockBytes { // the last word may have more characters
		w.count--
		return int(w.starts[w.count&(2*windowBytes-1)])
	}
	return size
}

// readBlock normalizes a block. It returns the bits of letters and digits and those of punctuation marks, the
// lowest bit for the first byte; ok is false if there are other characters than these and white space.
func readBlock(block *[blockBytes]byte, lowercase bool) (letters, puncts uint64, ok bool) {
	for i := 0; i < blockBytes; i += 8 {
		x := binary.LittleEndian.Uint64(block[i:])
		if notVisible(x)&highBits != 0 {
			if x = spaced(x); notVisible(x)&highBits != 0 {
				return 0, 0, false
			}
		}
		alnum := alphanumeric(x)
		letters = letters>>8 | asBits(alnum)
		puncts = puncts>>8 | asBits(atLeast(x, '!')&^alnum)
		if lowercase {
			binary.LittleEndian.PutUint64(block[i:], lower(x))
		}
	}
	return letters, puncts, true
}

// readOther finds the words with which a normalized text of any characters begins, and returns the number of
// bytes that they and the spaces around them take.
func (w *window) readOther(text []byte, chars *charTables) int {
	w.count, w.long = 0, nil
	copy(w.text[:windowBytes], text)
	i, inWord := 0, false
	for i < len(text) {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		if i+size > windowBytes {
			break
		}
		p := chars.properties(r)
		if p&charSpace != 0 {
			inWord = false
		} else {
			if !inWord || p&charPunct != 0 {
				w.starts[w.count] = uint8(i)
				w.count++
			}
			w.lasts[w.count-1] = uint8(i + size - 1)
			inWord = p&charPunct == 0
		}
		i += size
	}
	if !inWord || i == len(text) && i < windowBytes {
		return i
	}
	w.count-- // the last word may have more characters
	if start := int(w.starts[w.count]); start > 0 {
		return start
	}
	for i < len(text) {
		r, size := utf8.DecodeRune(text[i:])
		if chars.properties(r)&(charSpace|charPunct) != 0 {
			break
		}
		i += size
	}
	w.long = text[:i]
	return i
}

// places are numbers of bytes in a window, and room for those that put writes without need.
type places [2*windowBytes + 8]uint8

// putBits writes first plus the number of each bit that is set in x from x's index n on, and the same for y
// from m on, and returns the indices after them. It writes eight at a time, since their number is as
// unpredictable as the text.
func putBits(xs, ys *places, n, m, first int, x, y uint64) (int, int) {
	at := uint64(first) * eachByte
	for range 8 {
		bits := &setBits[uint8(x)]
		binary.LittleEndian.PutUint64(xs[n&(2*windowBytes-1):], bits.places+at)
		n += int(bits.count)
		bits = &setBits[uint8(y)]
		binary.LittleEndian.PutUint64(ys[m&(2*windowBytes-1):], bits.places+at)
		m += int(bits.count)
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
