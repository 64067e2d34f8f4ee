package tokenizers

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// wordFinder finds the words of a normalized text: runs of characters that are neither white space nor
// punctuation, and single punctuation marks. They equal those of BertPreTokenizer of Hugging Face's
// tokenizers. It finds many words before any is looked up, without a branch for each character: the
// processor cannot predict where words end.
type wordFinder struct {
	chars *charTables
	text  []byte
	at    int // position of the next character to examine

	starts, ends positions // word i is text[starts[i]:ends[i]]
	count        int       // words with both bounds
	open         int       // 1 if starts has one more word, which has no end yet
	inWord       uint64    // 1 if the character before at is part of a word
	afterPunct   uint64    // 1 if it is a punctuation mark whose end is not in ends yet
}

const (
	blockBytes = 64             // bytes that are examined together: one for each bit of a uint64
	maxBounds  = 4 * blockBytes // a power of two
)

// reset lets f begin with another text.
func (f *wordFinder) reset(chars *charTables, text []byte) {
	f.chars, f.text = chars, text
	f.at, f.count, f.open, f.inWord, f.afterPunct = 0, 0, 0, 0, 0
}

// next finds the next words, and reports whether there were any.
func (f *wordFinder) next() bool {
	f.starts[0] = f.starts[f.count&(maxBounds-1)] // of the word without an end, if any
	starts, ends := f.open, 0
	for f.at < len(f.text) && starts < maxBounds-blockBytes {
		words, puncts, n := asciiBlock(f.text[f.at:])
		before := words<<1 | f.inWord
		mask := uint64(1)<<n - 1 // of the first n bytes: all for 64
		starts = f.starts.put(starts, f.at, (words&^before|puncts)&mask)
		ends = f.ends.put(ends, f.at, (before&^words|puncts<<1|f.afterPunct)&mask)
		if n > 0 {
			f.inWord, f.afterPunct = words>>(n-1)&1, puncts>>(n-1)&1
		}
		f.at += n
		if n == blockBytes || f.at == len(f.text) {
			continue
		}
		// The next character is not visible ASCII.
		r, size := utf8.DecodeRune(f.text[f.at:])
		p := f.chars.properties(r)
		isWord := p&(charSpace|charPunct) == 0
		if f.afterPunct == 1 || f.inWord == 1 && !isWord {
			f.ends[ends&(maxBounds-1)] = f.at
			ends++
		}
		if p&charPunct != 0 || f.inWord == 0 && isWord {
			f.starts[starts&(maxBounds-1)] = f.at
			starts++
		}
		f.at += size
		f.inWord, f.afterPunct = 0, 0
		if isWord {
			f.inWord = 1
		} else if p&charPunct != 0 {
			f.afterPunct = 1
		}
	}
	if f.at == len(f.text) && ends < starts {
		f.ends[ends&(maxBounds-1)] = f.at
		ends++
	}
	f.count, f.open = ends, starts-ends
	return ends > 0
}

// positions are positions in a text, and room for those that put writes without need.
type positions [maxBounds + 4]int

// put writes first plus the index of each bit that is set, from index n on, and returns the index after
// them. It writes four at a time, since their number is as unpredictable as the text.
func (p *positions) put(n, first int, set uint64) int {
	end := n + bits.OnesCount64(set)
	for ; n < end; n += 4 {
		next := (*[4]int)(p[n:])
		next[0], set = first+below(set), set&(set-1)
		next[1], set = first+below(set), set&(set-1)
		next[2], set = first+below(set), set&(set-1)
		next[3], set = first+below(set), set&(set-1)
	}
	return end
}

// below returns the number of bits below the lowest one that is set. It is bits.TrailingZeros64, for whose
// instruction some processors take several times as long.
func below(set uint64) int { return bits.OnesCount64(^set & (set - 1)) }

// asciiBlock examines the first bytes of text, at most blockBytes: n is how many of them there are before
// the first that is neither visible ASCII nor a space. Of these n, the bits of words are letters and digits,
// and those of puncts are punctuation marks, the lowest bit for the first byte.
func asciiBlock(text []byte) (words, puncts uint64, n int) {
	if len(text) < blockBytes {
		var block [blockBytes]byte
		copy(block[:], text)
		text = block[:] // zero bytes are not visible
	}
	for i := 0; i < blockBytes; i += 8 {
		x := binary.LittleEndian.Uint64(text[i : i+8])
		alnum := alphanumeric(x)
		words |= asBits(alnum) << i
		puncts |= asBits(atLeast(x, '!')&^alnum) << i
		if others := notVisible(x) & highBits; others != 0 {
			n = i + bits.TrailingZeros64(others)/8
			mask := uint64(1)<<n - 1
			return words & mask, puncts & mask, n
		}
	}
	return words, puncts, blockBytes
}
