package encoding

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Encoder encodes examples. Its zero value, with a Tokenizer, encodes whole single texts.
type Encoder struct {
	Tokenizer *tokenizers.Tokenizer // required: Encode panics without one
	// MaxLength is the maximum number of tokens of a row, special tokens included. 0 sets
	// no limit; 1 leaves only [CLS].
	MaxLength int
	// Truncation decides what is read of a longer example; default Head.
	Truncation Truncation
	// Pairs encodes every example as a pair. An example without a second text is then
	// [CLS] first [SEP] [SEP], as transformers encodes the pair of a text and "" in a batch.
	// Without Pairs, TextPair is not read.
	Pairs bool
	// Words encodes Example.Words, word by word, for data.TokenClassification, and fills
	// Rows.First: see [Encoder.Encode]. Truncation must then be Head.
	Words bool
}

// HasPairs reports whether one of the examples is a pair. All examples of a data set are then
// encoded as pairs.
func HasPairs(parts ...[]data.Example) bool {
	for _, examples := range parts {
		if slices.ContainsFunc(examples, func(e data.Example) bool { return e.TextPair != "" }) {
			return true
		}
	}
	return false
}

// Number of special tokens of a row.
const (
	singleSpecials = 2 // [CLS] and [SEP]
	pairSpecials   = 3 // [CLS] and twice [SEP]
)

// Encode encodes the examples on all processors (GOMAXPROCS).
//
// With Words, each word is encoded for itself, as a tokenizer of transformers encodes with
// is_split_into_words, and the pieces beyond MaxLength are cut. A word of which no piece is left,
// or that has none, such as a control character, has no token.
func (e Encoder) Encode(examples []data.Example) *Rows {
	if e.Tokenizer == nil && len(examples) > 0 { // here, since no caller can recover from a panic of EncodeAll's goroutines
		panic("encoding: the Encoder has no Tokenizer")
	}
	if e.Words {
		return e.encodeWords(examples)
	}
	r := &Rows{Examples: examples, count: len(examples), IDs: make([][]int32, 0, len(examples))}
	first := e.Tokenizer.EncodeAll(data.Texts(examples), 0)
	var second [][]int32
	if e.Pairs {
		texts := make([]string, len(examples))
		for i, example := range examples {
			texts[i] = example.TextPair
		}
		second = e.Tokenizer.EncodeAll(texts, 0)
	}
	for i := range examples {
		a := withoutSpecials(first[i])
		first[i] = nil // the rows hold copies: the whole texts need not stay in memory
		if !e.Pairs {
			e.single(r, i, a)
			continue
		}
		b := withoutSpecials(second[i])
		second[i] = nil
		e.pair(r, i, a, b)
	}
	r.Cut.Examples, r.Cut.MaxLength, r.Cut.Truncation = len(examples), e.MaxLength, e.Truncation
	if e.Truncation == Windows {
		r.Cut.Windows = len(r.IDs)
		r.Examples = make([]data.Example, len(r.IDs))
		for row, example := range r.index {
			r.Examples[row] = examples[example]
		}
	}
	return r
}

// withoutSpecials returns the pieces of the encoding of a whole single text.
func withoutSpecials(ids []int32) []int32 { return ids[1 : len(ids)-1] }

// single adds the rows of the example of that index, a single text.
func (e Encoder) single(r *Rows, example int, pieces []int32) {
	t := e.Tokenizer
	room := len(pieces)
	if e.MaxLength > 0 {
		room = max(0, e.MaxLength-singleSpecials)
	}
	lost := 0
	if e.Truncation == Windows {
		for _, window := range windows(pieces, room) {
			e.add(r, example, 0, []int32{t.CLS()}, window, []int32{t.SEP()})
		}
	} else {
		kept := e.Truncation.cut(pieces, room)
		lost = len(pieces) - len(kept)
		e.add(r, example, 0, []int32{t.CLS()}, kept, []int32{t.SEP()})
	}
	r.counts(len(pieces), len(pieces) > room, false, false, lost)
}

// pair adds the rows of the example of that index, a pair.
func (e Encoder) pair(r *Rows, example int, a, b []int32) {
	t := e.Tokenizer
	keepA, keepB := len(a), len(b)
	if e.MaxLength > 0 {
		keepA, keepB = tokenizers.TruncatePair(len(a), len(b), max(0, e.MaxLength-pairSpecials))
	}
	row := func(a, b []int32) {
		e.add(r, example, len(a)+2, []int32{t.CLS()}, a, []int32{t.SEP()}, b, []int32{t.SEP()})
	}
	cutA, cutB := keepA < len(a), keepB < len(b)
	lost := len(a) - keepA + len(b) - keepB
	switch {
	case e.Truncation == Windows && cutA && len(a) > len(b):
		lost = len(b) - keepB
		for _, window := range windows(a, keepA) {
			row(window, b[:keepB])
		}
	case e.Truncation == Windows && cutB:
		lost = len(a) - keepA
		for _, window := range windows(b, keepB) {
			row(a[:keepA], window)
		}
	default:
		row(e.Truncation.cut(a, keepA), e.Truncation.cut(b, keepB))
	}
	r.counts(len(a)+len(b), cutA || cutB, cutA, cutB, lost)
}

// add adds a row of an example. first is the number of tokens of the first text of a pair, with
// its special tokens.
func (e Encoder) add(r *Rows, example, first int, parts ...[]int32) {
	ids := slices.Concat(parts...)
	if e.MaxLength > 0 && len(ids) > e.MaxLength { // there is no room for the special tokens
		ids = ids[:e.MaxLength]
	}
	r.IDs = append(r.IDs, slices.Clip(ids))
	if e.Pairs {
		r.FirstLengths = append(r.FirstLengths, int32(min(first, len(ids))))
	}
	if e.Truncation == Windows {
		r.index = append(r.index, example)
	}
}
