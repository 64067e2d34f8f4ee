package datareport

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// UnknownWord is a word of which the vocabulary knows no pieces: the model reads [UNK] instead.
type UnknownWord struct {
	Word  string
	Count int
	// Characters are those of its characters that the vocabulary does not have, each once; empty
	// if it has each of them, but no pieces that make up the word.
	Characters string
}

// mostUnknown is the number of words in Lengths.Words.
const mostUnknown = 20

// unknownWords returns the most frequent unknown words of the examples with these indices.
func unknownWords(t *tokenizers.Tokenizer, examples []data.Example, indices []int) []UnknownWord {
	u := unknownCounter{t: t, isUnknown: map[string]bool{}, counts: map[string]int{}}
	for _, i := range indices {
		u.add(examples[i].Text)
		u.add(examples[i].TextPair)
	}
	var words []UnknownWord
	for word, n := range u.counts {
		words = append(words, UnknownWord{Word: word, Count: n})
	}
	slices.SortFunc(words, func(a, b UnknownWord) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Word, b.Word))
	})
	words = words[:min(len(words), mostUnknown)]
	for i := range words {
		words[i].Characters = u.characters(words[i].Word)
	}
	return words
}

type unknownCounter struct {
	t         *tokenizers.Tokenizer
	isUnknown map[string]bool
	counts    map[string]int
}

// add counts the unknown words of a text. BERT splits texts at white space, punctuation and
// ideographs.
func (u *unknownCounter) add(text string) {
	for field := range strings.FieldsSeq(text) {
		if !u.unknown(field) {
			continue
		}
		start := 0
		word := func(end int) {
			if start < end && u.unknown(field[start:end]) {
				u.counts[field[start:end]]++
			}
		}
		for at, r := range field {
			if unicode.IsPunct(r) || unicode.Is(unicode.Han, r) || r < unicode.MaxASCII && unicode.IsSymbol(r) {
				word(at)
				start = at
				word(at + len(string(r)))
				start = at + len(string(r))
			}
		}
		word(len(field))
	}
}

func (u *unknownCounter) unknown(word string) bool {
	unknown, seen := u.isUnknown[word]
	if !seen {
		unknown = slices.Contains(u.t.Encode(word, 0), u.t.UNK())
		u.isUnknown[word] = unknown
	}
	return unknown
}

// characters returns the characters of a word that are unknown on their own.
func (u *unknownCounter) characters(word string) string {
	var b strings.Builder
	for _, r := range word {
		if c := string(r); u.unknown(c) && !strings.Contains(b.String(), c) {
			b.WriteString(c)
		}
	}
	return b.String()
}
