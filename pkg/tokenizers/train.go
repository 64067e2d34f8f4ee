package tokenizers

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// VocabularyOptions says what vocabulary TrainVocabulary makes. The zero value is
// one of bert-base's size for BERT's cased tokenizer.
type VocabularyOptions struct {
	Size         int // pieces in all, special tokens included; 0 is 30522
	MinFrequency int // a pair of pieces that occurs less often is not joined; 0 is 2
	Alphabet     int // most characters kept, the commonest; 0 is 1000

	// Tokenizer says how texts are cut into words: make the tokenizer that is to use
	// the vocabulary with the same options. Its special tokens begin the vocabulary.
	// Where they or its added tokens stand in a text they are not counted.
	Tokenizer Options
}

func (o VocabularyOptions) withDefaults() VocabularyOptions {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.Size, 30522}, {&o.MinFrequency, 2}, {&o.Alphabet, 1000}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	o.Tokenizer = o.Tokenizer.withDefaults()
	return o
}

func (o VocabularyOptions) validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"Size", o.Size}, {"MinFrequency", o.MinFrequency}, {"Alphabet", o.Alphabet}} {
		if f.value < 0 {
			return &Error{Field: f.name, Reason: fmt.Sprintf("is %d, expected 1 or more, or 0 for the default", f.value)}
		}
	}
	if prefix := o.Tokenizer.Prefix; !utf8.ValidString(prefix) || strings.ContainsAny(prefix, "\r\n") {
		return &Error{Field: "Tokenizer.Prefix", Reason: fmt.Sprintf("is %q, expected UTF-8 within a line, since pieces begin with it", prefix)}
	}
	return nil
}

// TrainVocabulary makes a vocabulary for WordPiece from texts: a piece each in the
// order of ids, as New takes it and vocab.txt holds it. The special tokens
// come first ([PAD], [UNK], [CLS], [SEP], [MASK]), then the alphabet by code point,
// its characters once more with the prefix "##" as far as they go on with a word,
// and then the pieces made by joining, in the order in which they were made.
//
// Words begin as characters. Over and over the pair of neighbours that occurs most
// often in all words together becomes one piece, until Size pieces are there or no
// pair is left that occurs MinFrequency times; then there are fewer. Of pairs that
// occur equally often the one whose first piece, then whose second piece, has the
// lower id goes first. A character beyond the alphabet is left out of its words, and
// of the characters that are equally common the lower code points are kept. A
// word of more than Tokenizer.MaxWordRunes characters is not counted, since the
// tokenizer never cuts it.
//
// The result depends on how often each word occurs and on nothing else: not on the
// order of texts, not on the number of processors (all are used to count words:
// GOMAXPROCS). So does WordPieceTrainer of Rust's tokenizers, but for the ids of the
// alphabet's prefixed half, which it gives out in a random order, and for what hangs
// on them among equally common pairs.
//
// The error is ctx's when it ends before the work does; a *Error for an
// option that cannot be (Field names it), such as a Size that does not hold the
// special tokens and the alphabet, and of Kind ErrNoWords when the texts hold no word.
//
// Source: Sennrich et al. 2016 (arXiv:1508.07909), for joining pairs; Wu et al. 2016
// (arXiv:1609.08144), for WordPiece.
func TrainVocabulary(ctx context.Context, texts iter.Seq[string], opts VocabularyOptions) ([]string, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	v := newVocabulary(opts.Tokenizer)
	t, err := New(v.pieces, opts.Tokenizer)
	if err != nil {
		return nil, err
	}
	words, err := countWords(ctx, t, texts)
	if err != nil {
		return nil, err
	}
	m := newMerger(v, words, opts.Alphabet)
	if len(v.pieces) > opts.Size {
		return nil, &Error{Field: "Size", Reason: fmt.Sprintf(
			"is %d, but the special tokens and the alphabet alone are %d pieces: expected that many or more, or an Alphabet smaller than %d",
			opts.Size, len(v.pieces), min(opts.Alphabet, m.alphabet))}
	}
	if err := m.run(ctx, opts.Size, int64(opts.MinFrequency)); err != nil {
		return nil, err
	}
	return v.pieces, nil
}

// vocabulary is one in the making: each piece once.
type vocabulary struct {
	prefix string
	pieces []string
	ids    map[string]int32
}

func newVocabulary(opts Options) *vocabulary {
	v := &vocabulary{prefix: opts.Prefix, ids: map[string]int32{}}
	for _, special := range []string{opts.PAD, opts.UNK, opts.CLS, opts.SEP, opts.MASK} {
		v.add(special)
	}
	return v
}

// add returns the id of a piece, new or not.
func (v *vocabulary) add(piece string) int32 {
	id, ok := v.ids[piece]
	if !ok {
		id = int32(len(v.pieces))
		v.pieces = append(v.pieces, piece)
		v.ids[piece] = id
	}
	return id
}
