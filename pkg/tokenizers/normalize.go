package tokenizers

import (
	"slices"
	"unicode/utf8"
)

// normalizer cleans text up as BERT does before words are looked for, exactly as
// BertNormalizer of Rust's tokenizers: control characters go, white space becomes
// a space, ideographs are set between spaces, accents are stripped after
// canonical decomposition, letters become lower case. Each step can be off.
type normalizer struct {
	clean, chinese, strip, lowercase bool

	chars *charTables
	ascii [utf8.RuneSelf]byte // what an ASCII character becomes; asciiDrop: nothing
}

const asciiDrop = 0xFF // no ASCII character

func newNormalizer(opts Options) *normalizer {
	n := &normalizer{
		clean: !opts.KeepControls, chinese: !opts.KeepChineseWords,
		strip: opts.strips(), lowercase: opts.Lowercase, chars: chars(),
	}
	for i := range n.ascii {
		c := byte(i)
		switch p := n.chars.of(rune(i)); {
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

// append adds the normal form of text to dst. A byte that is not UTF-8 counts as
// U+FFFD, which clean-up removes.
func (n *normalizer) append(dst []byte, text string) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			dst, i = n.appendRun(dst, text, i)
			continue
		}
		if c = n.ascii[c]; c != asciiDrop {
			dst = append(dst, c)
		}
		i++
	}
	return dst
}

// appendRun adds the normal form of the characters from text[i] up to the next
// ASCII character that stays, and returns where that is. ASCII characters have
// combining class 0, so that no reordering reaches across them.
func (n *normalizer) appendRun(dst []byte, text string, i int) ([]byte, int) {
	d := decomposer{normalizer: n, dst: dst}
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		p := n.chars.of(r)
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

// decomposer takes characters apart, strips accents, puts the marks that stay
// into canonical order and lowers letters: Unicode's NFD (annex 15) for the one
// run of characters that it is made for.
type decomposer struct {
	*normalizer
	dst     []byte
	pending []rune // marks in text order that wait for a character of class 0
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

// put takes the next character of the decomposed text; accents end here.
func (d *decomposer) put(r rune) {
	p := d.chars.of(r)
	if p>>charClass != 0 {
		if p&charMark == 0 {
			d.pending = append(d.pending, r)
		}
		return
	}
	d.flush() // even before a mark that goes: it parts the marks around it
	if p&charMark == 0 {
		d.emit(r, p)
	}
}

// flush emits the marks that wait, those of one class in text order.
func (d *decomposer) flush() {
	if len(d.pending) == 0 {
		return
	}
	slices.SortStableFunc(d.pending, func(a, b rune) int {
		return int(d.chars.of(a)>>charClass) - int(d.chars.of(b)>>charClass)
	})
	for _, r := range d.pending {
		d.emit(r, d.chars.of(r))
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
