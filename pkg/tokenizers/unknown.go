package tokenizers

import "fmt"

// UnknownTokens holds the number of [UNK] tokens in texts: words that have no pieces in the
// vocabulary.
type UnknownTokens struct {
	Tokens  int `json:"tokens"`  // of all texts after truncation, without [CLS], [SEP] and [PAD]
	Unknown int `json:"unknown"` // those equal to [UNK]
}

// Add adds the counts of further texts.
func (u *UnknownTokens) Add(more UnknownTokens) {
	u.Tokens += more.Tokens
	u.Unknown += more.Unknown
}

// Share returns the share of unknown tokens, 0 to 1.
func (u UnknownTokens) Share() float64 {
	if u.Tokens == 0 {
		return 0
	}
	return float64(u.Unknown) / float64(u.Tokens)
}

// HighUnknownShare is the share of unknown tokens from which Warnings warns.
//
// It separates measured shares of texts whose language the vocabulary covers from others.
// Covered, in bert-base-cased: 0.0002 % of IMDB's 10.2 million tokens (21), none of the
// sample and of German, French, Polish, Turkish, Greek and Russian sentences, 1.7 % of Arabic
// ones; in lorabook-tiny: 0.0002 % of IMDB, none of the sample, 1.6 % of French sentences.
// Not covered, in bert-base-cased: 7 % of English with an emoji in each sentence, 12 % of
// Hindi and 76 % of Chinese; in lorabook-tiny: 14 % of Polish, 63 % of Russian and 100 % of
// Chinese. Since one [UNK] replaces a whole word, the share of words is higher.
const HighUnknownShare = 0.03

// CountUnknown counts the unknown tokens in the ids of texts. [CLS], [SEP] and [PAD] are not
// counted. Without a tokenizer the count is zero.
func CountUnknown(t *Tokenizer, texts [][]int32) UnknownTokens {
	var u UnknownTokens
	if t == nil {
		return u
	}
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

// Warnings returns a warning about texts, whose name it contains, if the share of unknown
// tokens is HighUnknownShare or more; else nil.
func (u UnknownTokens) Warnings(texts string) []string {
	if u.Share() < HighUnknownShare {
		return nil
	}
	return []string{fmt.Sprintf("%.1f %% of the tokens of %s are [UNK], words that the model's vocabulary cannot spell and the model does not see: take a model for the language and script of the texts",
		100*u.Share(), texts)}
}
