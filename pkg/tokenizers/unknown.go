package tokenizers

import (
	"fmt"
)

// UnknownTokens counts the tokens of texts, as a model reads them, that are the unknown
// token, [UNK]: words that the vocabulary cannot spell.
type UnknownTokens struct {
	Tokens  int `json:"tokens"`  // of all texts after they were cut, without [CLS] and [SEP]
	Unknown int `json:"unknown"` // those that are [UNK]
}

// Share is the share of unknown tokens, 0 to 1.
func (u UnknownTokens) Share() float64 {
	if u.Tokens == 0 {
		return 0
	}
	return float64(u.Unknown) / float64(u.Tokens)
}

// HighUnknownShare is the share of unknown tokens from which on a warning is given.
//
// It lies between what was measured where the vocabulary spells the language and where it
// does not. The first in bert-base-cased: 0.0002 % of IMDB's 10.2 million tokens (21), none of the
// sample, German, French, Polish, Turkish, Greek and Russian sentences, 1.7 % of Arabic
// ones. lorabook-tiny: 0.0002 % of IMDB, none of the sample, 1.6 % of French sentences.
// What loses words lies above: English with an emoji in each sentence 7 %, Hindi 12 % and
// Chinese 76 % in bert-base-cased, Polish 14 %, Russian 63 % and Chinese 100 % in
// lorabook-tiny. One [UNK] stands for a whole word, so the share of words is higher.
const HighUnknownShare = 0.03

// CountUnknown counts in token ids, among which [CLS], [SEP] and [PAD] do not count.
func CountUnknown(t *Tokenizer, texts [][]int32) UnknownTokens {
	var u UnknownTokens
	unk, cls, sep, pad := t.UNK(), t.CLS(), t.SEP(), t.PAD()
	for _, ids := range texts {
		for _, id := range ids {
			switch id {
			case cls, sep, pad:
			case unk:
				u.Unknown++
				u.Tokens++
			default:
				u.Tokens++
			}
		}
	}
	return u
}

// Warnings are one, or none where the share is low.
func (u UnknownTokens) Warnings(texts string) []string {
	if u.Share() < HighUnknownShare {
		return nil
	}
	return []string{fmt.Sprintf("%.1f %% of the tokens of %s are [UNK], words that the model's vocabulary cannot spell and the model does not see: take a model for the language and script of the texts",
		100*u.Share(), texts)}
}
