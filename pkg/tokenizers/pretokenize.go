package tokenizers

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// word returns the bounds of the first word in text at or after i: a run of characters that
// are neither white space nor punctuation, or one punctuation mark. start and end are equal
// if there is none. The words equal those of BertPreTokenizer of Hugging Face's tokenizers.
func (c *charTables) word(text []byte, i int) (start, end int) {
	for start = i; start < len(text); { // white space
		switch c.kinds[text[start]] {
		case spaceByte:
			start++
			continue
		case punctByte:
			return start, start + 1
		case otherByte:
			r, size := utf8.DecodeRune(text[start:])
			p := c.properties(r)
			if p&charPunct != 0 {
				return start, start + size
			}
			if p&charSpace != 0 {
				start += size
				continue
			}
		}
		break // a word begins
	}
	for end = start; end+8 <= len(text); end += 8 { // letters and digits of the word, eight at a time
		if n := leadingAlphanumerics(binary.LittleEndian.Uint64(text[end:])); n < 8 {
			end += n
			break
		}
	}
	for end < len(text) { // the rest of the word
		kind := c.kinds[text[end]]
		if kind == wordByte {
			end++
			continue
		}
		if kind != otherByte {
			break
		}
		r, size := utf8.DecodeRune(text[end:])
		if c.properties(r)&(charSpace|charPunct) != 0 {
			break
		}
		end += size
	}
	return start, end
}

// Kinds of bytes in a text.
const (
	wordByte  uint8 = iota // an ASCII character of words
	spaceByte              // ASCII white space
	punctByte              // an ASCII punctuation mark
	otherByte              // part of a character that is not ASCII
)

// setKinds sets the kinds of the bytes, from the properties of characters.
func (c *charTables) setKinds() {
	for b := range c.kinds {
		switch p := c.properties(rune(b)); {
		case b >= utf8.RuneSelf:
			c.kinds[b] = otherByte
		case p&charPunct != 0:
			c.kinds[b] = punctByte
		case p&charSpace != 0:
			c.kinds[b] = spaceByte
		}
	}
}

// leadingAlphanumerics returns how many of eight bytes, the lowest first, are ASCII letters and digits
// before the first byte that is not.
func leadingAlphanumerics(x uint64) int {
	const ones = 0x0101010101010101
	const high = 0x80 * ones
	// The high bit of each byte of atLeast(y, c) says whether that byte of y, below 128, is at least c.
	atLeast := func(y, c uint64) uint64 { return (y | high) - c*ones }
	low := x &^ high
	lower := low | 0x20*ones // letters in lower case
	letters := atLeast(lower, 'a') &^ atLeast(lower, 'z'+1)
	digits := atLeast(low, '0') &^ atLeast(low, '9'+1)
	others := (^(letters | digits) | x) & high
	return bits.TrailingZeros64(others) / 8
}
