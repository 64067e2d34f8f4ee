package tokenizers

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// normalizer normalizes text as BERT does before it is split into words, exactly as
// BertNormalizer of Hugging Face's tokenizers: it removes control characters, turns white
// space into spaces, puts spaces around CJK ideographs, strips accents after canonical
// decomposition and lower-cases letters. The options can switch each step off.
type normalizer struct {
	clean, chinese, strip, lowercase bool

	chars *charTables
	ascii [utf8.RuneSelf]byte // normalized ASCII characters; asciiDrop for removed ones
}

const asciiDrop = 0xFF // not an ASCII character

func newNormalizer(opts Options) *normalizer {
	n := &normalizer{
		clean: !opts.KeepControls, chinese: !opts.KeepChineseWords,
		strip: opts.stripsAccents(), lowercase: opts.Lowercase, chars: chars(),
	}
	for i := range n.ascii {
		c := byte(i)
		switch p := n.chars.properties(rune(i)); {
		case n.clean && p&charDrop != 0:
			c = asciiDrop
		case n.clean && p&charSpace != 0:
			c = ' '
		case n.lowercase && p&charLower != 0:
			c = n.chars.lower[rune(i)][0]
		}
		n.ascii[i] = c
	}
	return n
}

// append appends the normalized text to dst. A byte that is not UTF-8 counts as U+FFFD, which
// clean_text removes.
func (n *normalizer) append(dst []byte, text string) []byte {
	for i := 0; i < len(text); {
		var ascii int
		dst, ascii = n.appendASCII(dst, text[i:])
		if i += ascii; i < len(text) {
			dst, i = n.appendRun(dst, text, i)
		}
	}
	return dst
}

// appendASCII appends the normalized characters of text before the first that is not ASCII, and returns
// their number.
func (n *normalizer) appendASCII(dst []byte, text string) ([]byte, int) {
	at := len(dst)
	dst = slices.Grow(dst, len(text))[:at+len(text)]
	i := 0
	for i < len(text) {
		if len(text)-i >= 8 {
			if x := eightBytes(text[i:]); notVisible(x)&highBits == 0 {
				if n.lowercase {
					x = lower(x)
				}
				binary.LittleEndian.PutUint64(dst[at:], x)
				i, at = i+8, at+8
				continue
			}
		}
		for end := min(i+8, len(text)); i < end; i++ {
			if text[i] >= utf8.RuneSelf {
				return dst[:at], i
			}
			c := n.ascii[text[i]]
			dst[at] = c
			if c != asciiDrop {
				at++
			}
		}
	}
	return dst[:at], i
}

// appendRun appends the normalized characters from text[i] to the next ASCII character that
// is kept, and returns that character's position. ASCII characters have the combining class
// 0, so that no mark moves across them.
func (n *normalizer) appendRun(dst []byte, text string, i int) ([]byte, int) {
	d := decomposer{normalizer: n, dst: dst}
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		p := n.chars.properties(r)
		switch {
		case n.clean && p&charDrop != 0:
		case r < utf8.RuneSelf:
			d.flush()
			return d.dst, i
		case n.clean && p&charSpace != 0:
			d.put(' ')
		case n.chinese && p&charChinese != 0:
			d.put(' ')
			d.decompose(r, p)
			d.put(' ')
		default:
			d.decompose(r, p)
		}
		i += size
	}
	d.flush()
	return d.dst, i
}

// decomposer decomposes characters, strips accents, sorts the remaining marks in canonical
// order and lower-cases letters: Unicode's NFD (annex 15) for one run of characters.
type decomposer struct {
	*normalizer
	dst     []byte
	pending []rune // marks in text order, before the next character of class 0
}

func (d *decomposer) decompose(r rune, p uint16) {
	switch {
	case !d.strip:
		d.emit(r, p)
	case p&charDecomposes == 0:
		d.put(r)
	case r >= hangulFirst && r <= hangulLast:
		syllable := r - hangulFirst
		d.put(hangulLead + syllable/(hangulVowels*hangulTails))
		d.put(hangulVowel + syllable/hangulTails%hangulVowels)
		if tail := syllable % hangulTails; tail != 0 {
			d.put(hangulTail + tail)
		}
	default:
		for _, part := range d.chars.decompose[r] {
			d.put(part)
		}
	}
}

// put adds the next character of the decomposed text, unless it is an accent to strip.
func (d *decomposer) put(r rune) {
	p := d.chars.properties(r)
	if p>>charClass != 0 {
		if p&charMark == 0 {
			d.pending = append(d.pending, r)
		}
		return
	}
	d.flush() // even before a stripped mark, which separates the marks around it
	if p&charMark == 0 {
		d.emit(r, p)
	}
}

// flush writes the pending marks by class, and those of one class in text order.
func (d *decomposer) flush() {
	if len(d.pending) == 0 {
		return
	}
	slices.SortStableFunc(d.pending, func(a, b rune) int {
		return int(d.chars.properties(a)>>charClass) - int(d.chars.properties(b)>>charClass)
	})
	for _, r := range d.pending {
		d.emit(r, d.chars.properties(r))
	}
	d.pending = d.pending[:0]
}

func (d *decomposer) emit(r rune, p uint16) {
	if d.lowercase && p&charLower != 0 {
		d.dst = append(d.dst, d.chars.lower[r]...)
		return
	}
	d.dst = utf8.AppendRune(d.dst, r)
}

// Hangul syllables decompose by a formula: Unicode, chapter 3.12.
const (
	hangulFirst, hangulLast             = 0xAC00, 0xD7A3
	hangulLead, hangulVowel, hangulTail = 0x1100, 0x1161, 0x11A7
	hangulVowels, hangulTails           = 21, 28
)
