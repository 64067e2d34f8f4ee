package datareport

import (
	"context"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// MostEncoded is the largest number of examples that [Report.Lengths] encodes. From a larger set it
// takes this number at equal distances.
const MostEncoded = 20_000

// Lengths are the lengths of examples in tokens, and their unknown words.
type Lengths struct {
	// Examples is the number of encoded examples, and Of the number of all.
	Examples, Of int
	// Tokens are the numbers of tokens of each example, special tokens included, before
	// truncation.
	Tokens []int
	// Truncations are the counts for each value of encoding.Truncations at the maximum length, for
	// data.TokenClassification those of encoding.Head alone.
	Truncations []encoding.Cut
	// Sizes are the counts for usual maximum lengths and the given one, ascending, with the
	// truncation of the options.
	Sizes []encoding.Cut
	// Unknown are the [UNK] tokens of the examples before truncation.
	Unknown tokenizers.UnknownTokens
	// WordCount is the number of words of the encoded examples and WordPieces that of their tokens, for
	// data.TokenClassification.
	WordCount, WordPieces int
	// WithUnknown is the number of examples with an unknown token.
	WithUnknown int
	// Words are the most frequent words of which the vocabulary knows no pieces, at most 20.
	Words []UnknownWord
}

// UsualLengths are the maximum lengths that [Lengths.Sizes] compares.
var UsualLengths = []int{32, 64, 128, 256, 512}

// Lengths encodes the examples with a tokenizer. maxLength is the maximum number of tokens of an
// example, and positions the largest that the model reads.
func (r *Report) Lengths(ctx context.Context, t *tokenizers.Tokenizer, maxLength, positions int) (*Lengths, error) {
	all := r.Examples()
	examples := spread(all, MostEncoded)
	e := encoding.Encoder{Tokenizer: t, Pairs: encoding.HasPairs(examples), Words: r.Task == data.TokenClassification}
	truncations := encoding.Truncations
	if e.Words {
		truncations = []encoding.Truncation{encoding.Head} // the only one of this task
	}
	rows := e.Encode(examples)
	l := &Lengths{Examples: len(examples), Of: len(all), Unknown: tokenizers.CountUnknown(t, rows.IDs)}
	var unknown []int
	for i, ids := range rows.IDs {
		l.Tokens = append(l.Tokens, len(ids))
		if e.Words {
			l.WordCount, l.WordPieces = l.WordCount+len(examples[i].Words), l.WordPieces+len(ids)-2 // [CLS] and [SEP]
		}
		if slices.Contains(ids, t.UNK()) {
			unknown = append(unknown, i)
		}
	}
	l.WithUnknown = len(unknown)
	l.Words = unknownWords(t, rows.Examples, unknown)
	cut := func(length int, truncation encoding.Truncation) encoding.Cut {
		e.MaxLength, e.Truncation = length, truncation
		return e.Encode(examples).Cut
	}
	for _, truncation := range truncations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l.Truncations = append(l.Truncations, cut(maxLength, truncation))
	}
	sizes := append([]int{maxLength}, UsualLengths...)
	slices.Sort(sizes)
	for _, size := range slices.Compact(sizes) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if size <= positions {
			l.Sizes = append(l.Sizes, cut(size, r.Options.Data.Truncation))
		}
	}
	return l, nil
}

// Quantile returns the number of tokens that a share of the examples, 0 to 1, does not exceed.
func (l *Lengths) Quantile(share float64) int {
	if len(l.Tokens) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(l.Tokens))
	at := int(share * float64(len(sorted)))
	return sorted[min(at, len(sorted)-1)]
}

// Cut returns the counts of a maximum length in Sizes, and zero counts for another one.
func (l *Lengths) Cut(maxLength int) encoding.Cut {
	for _, c := range l.Sizes {
		if c.MaxLength == maxLength {
			return c
		}
	}
	return encoding.Cut{}
}
