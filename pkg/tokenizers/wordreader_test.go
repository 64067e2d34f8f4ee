package tokenizers

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestWordReader compares with a search one character at a time in the text that is normalized as a whole, on
// texts of every kind of character, of lengths around those of blocks and windows, with words across their ends
// and longer ones.
func TestWordReader(t *testing.T) {
	slow := func(c *charTables, text string) (words []string) {
		begun := false
		for _, r := range text {
			switch p := c.properties(r); {
			case p&charPunct != 0:
				words, begun = append(words, string(r)), false
			case p&charSpace != 0:
				begun = false
			case begun:
				words[len(words)-1] += string(r)
			default:
				words, begun = append(words, string(r)), true
			}
		}
		return words
	}
	var reader wordReader
	read := func(n *normalizer, text string, normalized bool) (words []string) {
		for reader.reset(text, normalized); reader.next(n); {
			for i := range reader.count {
				words = append(words, string(reader.word(i)))
			}
			if reader.long != nil {
				words = append(words, string(reader.long))
			}
		}
		return words
	}
	var normalizers []*normalizer
	for _, opts := range []Options{
		{}, {Lowercase: true}, {StripAccents: new(true)}, {Lowercase: true, StripAccents: new(false)},
		{KeepControls: true}, {Lowercase: true, KeepControls: true}, {KeepChineseWords: true},
	} {
		normalizers = append(normalizers, newNormalizer(opts))
	}
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []string{
		"a", "Z", "0", "9", " ", " ", ".", "~", "!", "/", "@", "[", "`", "{", "\x00", "\x01", "\v", "\x7f", "\t", "\n", "\r", "\u0085", "\u00a0",
		"\u00e9", "\u0130", "e\u0301", "\u302e", "\u0338", "\u201c", "\u4e2d", "\ud55c", "\U0001F600", "\u2014", "\u3000", "\ufffd", "\xff", "\xe4\xb8",
	}
	for i := range 20_000 {
		few := kinds
		switch i % 4 {
		case 0: // long runs of a few kinds
			few = []string{kinds[r.IntN(len(kinds))], kinds[r.IntN(len(kinds))], "a"}
		case 1: // few characters that are not visible ASCII
			few = append(slices.Repeat(kinds[:14], 20), kinds...)
		}
		var b strings.Builder
		for range r.IntN(1 + i%700) {
			b.WriteString(few[r.IntN(len(few))])
		}
		text, n := b.String(), normalizers[r.IntN(len(normalizers))]
		normal := string(n.append(nil, text))
		want := slow(n.chars, normal)
		if got := read(n, text, false); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
		if got := read(n, normal, true); !slices.Equal(got, want) {
			t.Fatalf("%q, normalized: %q, want %q", normal, got, want)
		}
	}
}
