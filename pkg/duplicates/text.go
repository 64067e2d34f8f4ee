package duplicates

import (
	"crypto/sha256"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/lorabook/lorabook/pkg/data"
)

// shingleWords is the number of words of a shingle.
const shingleWords = 5

// fingerprinter computes the letters, words and shingles of texts. It reuses its buffers and is
// not safe for concurrent use.
type fingerprinter struct {
	letters []byte   // letters and digits of all words, concatenated
	words   []uint64 // hashes of the words
	shingle []uint64
	pair    []uint64 // shingles of both texts of a pair: even of the first, odd of the second
}

// read splits a text into words: runs of letters, marks and digits after Unicode's compatibility
// composition (NFKC) and case folding. In scripts without spaces each character is a word.
func (f *fingerprinter) read(text string) {
	f.letters, f.words = f.letters[:0], f.words[:0]
	if !isASCII(text) {
		text = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
	}
	word := uint64(fnvOffset)
	empty := true
	end := func() {
		if !empty {
			f.words = append(f.words, word)
			word, empty = fnvOffset, true
		}
	}
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		} else if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		at := i
		i += size
		if !isWordRune(r) {
			end()
			continue
		}
		alone := r >= utf8.RuneSelf && unicode.In(r, unspaced...)
		if alone {
			end()
		}
		if size == 1 {
			f.letters = append(f.letters, byte(r))
			word = (word ^ uint64(r)) * fnvPrime
		} else {
			f.letters = append(f.letters, text[at:i]...)
			for _, b := range []byte(text[at:i]) {
				word = (word ^ uint64(b)) * fnvPrime
			}
		}
		empty = false
		if alone {
			end()
		}
	}
	end()
}

// FNV-1a with 64 bits.
const (
	fnvOffset = 0xcbf29ce484222325
	fnvPrime  = 0x100000001b3
)

// unspaced are the scripts without spaces between words.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return unicode.In(r, unicode.L, unicode.N, unicode.M)
}

// readPair returns the letters and the shingles of an example. Those of a pair are of both texts,
// told apart.
func (f *fingerprinter) readPair(r data.Example) (letters [sha256.Size]byte, shingles []uint64) {
	f.read(r.Text)
	letters = f.lettersSum(r.Text)
	if r.TextPair == "" {
		return letters, f.shingles()
	}
	f.pair = f.pair[:0]
	f.addToPair(letters, 0)
	f.read(r.TextPair)
	second := f.lettersSum(r.TextPair)
	f.addToPair(second, 1)
	return sha256.Sum256(append(letters[:], second[:]...)), f.pair
}

// addToPair adds the shingles of the text that was read, with this lowest bit. A text without
// words has one shingle.
func (f *fingerprinter) addToPair(letters [sha256.Size]byte, bit uint64) {
	shingles := f.shingles()
	if len(shingles) == 0 {
		shingles = append(f.shingle, binary.LittleEndian.Uint64(letters[:8]))
	}
	for _, s := range shingles {
		f.pair = append(f.pair, s&^1|bit)
	}
}

// lettersSum returns a digest of the letters and digits of the text that was read. For a text
// without any, it is a digest of all characters.
func (f *fingerprinter) lettersSum(text string) [sha256.Size]byte {
	if len(f.letters) == 0 {
		return sha256.Sum256([]byte("\x00" + text))
	}
	return sha256.Sum256(f.letters)
}

// shingles returns the hashes of all word 5-grams of the text that was read, repeated ones
// included; for a shorter text, the hash of all its words. The slice is valid until the next
// call.
func (f *fingerprinter) shingles() []uint64 {
	f.shingle = f.shingle[:0]
	if len(f.words) == 0 {
		return nil
	}
	for at := 0; at == 0 || at+shingleWords <= len(f.words); at++ {
		h := uint64(0)
		for _, w := range f.words[at:min(at+shingleWords, len(f.words))] {
			h = mix(h + w)
		}
		f.shingle = append(f.shingle, h)
	}
	return f.shingle
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood 2014), which is a bijection.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
