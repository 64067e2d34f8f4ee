package tokenizers

import (
	"fmt"
	"maps"
	"slices"
)

// Difference describes the first setting or token in which the ids of a text can differ between two
// tokenizers: "lower-cases letters: true, expected false" means that t does and other does not. It is
// "" for tokenizers with the same ids for every text. Settings of Decode, and those that other programs
// keep in the files, such as padding, are not compared.
func (t *Tokenizer) Difference(other *Tokenizer) string {
	a, b := t.opts, other.opts
	for _, s := range []struct {
		name        string
		found, want any
	}{
		{"lower-cases letters", a.Lowercase, b.Lowercase},
		{"strips accents", a.stripsAccents(), b.stripsAccents()},
		{"keeps control characters", a.KeepControls, b.KeepControls},
		{"keeps words of CJK ideographs", a.KeepChineseWords, b.KeepChineseWords},
		{"the prefix of pieces that continue a word", a.Prefix, b.Prefix},
		{"characters of the longest word", t.wordPiece.maxRunes, other.wordPiece.maxRunes},
	} {
		if s.found != s.want {
			return fmt.Sprintf("%s: %v, expected %v", s.name, s.found, s.want)
		}
	}
	if difference := differentIDs(t.ids, other.ids); difference != "" {
		return difference
	}
	for _, s := range []struct {
		role        string
		found, want int32
	}{{"CLS", t.cls, other.cls}, {"SEP", t.sep, other.sep}, {"PAD", t.pad, other.pad}, {"MASK", t.mask, other.mask}, {"UNK", t.unk, other.unk}} {
		if s.found != s.want {
			return fmt.Sprintf("the token %s is %q, expected %q", s.role, t.pieces[s.found], t.pieces[s.want])
		}
	}
	if difference := differentIDs(t.vocab.ids(), other.vocab.ids()); difference != "" {
		return "in the vocabulary without added tokens, " + difference
	}
	for _, kind := range []struct {
		name        string
		found, want *addedTokens
	}{{"before normalization", t.raw, other.raw}, {"after normalization", t.normal, other.normal}} {
		found, want := kind.found.byText(), kind.want.byText()
		for _, text := range slices.Sorted(maps.Keys(want)) {
			if _, ok := found[text]; !ok {
				return fmt.Sprintf("%q is not an added token that is found %s", text, kind.name)
			}
		}
		for _, text := range slices.Sorted(maps.Keys(found)) {
			if found[text] != want[text] {
				return fmt.Sprintf("%q is an added token that is found %s with other settings", text, kind.name)
			}
		}
	}
	return ""
}

// differentIDs describes the first token, by its text, whose ids differ.
func differentIDs(found, want map[string]int32) string {
	if len(found) != len(want) {
		return fmt.Sprintf("%d tokens, expected %d", len(found), len(want))
	}
	for _, piece := range slices.Sorted(maps.Keys(want)) {
		switch id, ok := found[piece]; {
		case !ok:
			return fmt.Sprintf("no token %q, expected id %d", piece, want[piece])
		case id != want[piece]:
			return fmt.Sprintf("the token %q has id %d, expected %d", piece, id, want[piece])
		}
	}
	return ""
}

// byText returns the tokens by the text that is searched for.
func (a *addedTokens) byText() map[string]foundToken {
	all := map[string]foundToken{}
	if a == nil {
		return all
	}
	for _, list := range a.byFirst {
		for _, tok := range list {
			if _, ok := all[tok.text]; !ok { // the first is found
				all[tok.text] = tok
			}
		}
	}
	return all
}
