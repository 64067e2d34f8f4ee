package pretrain

import (
	"strings"

	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// wordCounter maps the tokens of a text to its words. Two tokenizers that split text into words
// alike, as BERT's do, agree on it whatever their vocabularies.
type wordCounter struct{ continues []bool } // whether a token continues a word, by token id

func newWordCounter(t *tokenizers.Tokenizer) wordCounter {
	ids := make([]int32, t.VocabSize())
	for i := range ids {
		ids[i] = int32(i)
	}
	c := wordCounter{make([]bool, len(ids))}
	prefix := t.Options().Prefix
	for i, token := range t.Tokens(ids) {
		c.continues[i] = strings.HasPrefix(token, prefix)
	}
	for _, id := range addedTokens(t, func(tokenizers.AddedToken) bool { return true }) {
		c.continues[id] = false // also "##X": it is found in a text as a word of its own
	}
	return c
}

// count returns the number of words of a text's first tokens. The first token starts a word even if
// it has the prefix, as a word of the vocabulary may.
func (c wordCounter) count(ids []int32) int {
	if len(ids) == 0 {
		return 0
	}
	return 1 + c.starts(ids[1:])
}

// starts returns the number of words that start within tokens after the first one of a text.
func (c wordCounter) starts(ids []int32) int {
	n := 0
	for _, id := range ids {
		if !c.continues[id] {
			n++
		}
	}
	return n
}

// window is a part of a text's tokens, and the index of the word that contains its first token.
type window struct{ from, to, word int }

// windows splits tokens into windows of at most size, starting at the beginning of a word if possible.
func (c wordCounter) windows(ids []int32, size int) []window {
	var list []window
	word := -1
	for from := 0; from < len(ids); {
		to := min(from+size, len(ids))
		for back := to; to < len(ids) && back > from; back-- {
			if !c.continues[ids[back]] {
				to = back
				break
			}
		}
		if from == 0 || !c.continues[ids[from]] {
			word++
		}
		list = append(list, window{from, to, word})
		word += c.starts(ids[from+1 : to])
		from = to
	}
	return list
}
