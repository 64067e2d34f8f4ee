package tokenizers

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// VocabularyOptions are the settings of TrainVocabulary. The zero value trains a vocabulary
// of bert-base's size for BERT's cased tokenizer.
type VocabularyOptions struct {
	Size         int // number of pieces, special tokens included; 0 means 30522
	MinFrequency int // frequency of a pair of pieces that is merged, at least; 0 means 2
	Alphabet     int // number of characters kept, the most frequent first; 0 means 1000

	// Tokenizer holds the settings with which texts are split into words; make the
	// tokenizer for the vocabulary with the same. The vocabulary begins with its special
	// tokens. Special and added tokens in the texts are not counted.
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
	var problems []error
	for _, f := range []struct {
		name  string
		value int
	}{{"Size", o.Size}, {"MinFrequency", o.MinFrequency}, {"Alphabet", o.Alphabet}} {
		if f.value < 0 {
			problems = append(problems, &Error{Field: f.name, Reason: fmt.Sprintf("is %d, expected 1 or more, or 0 for the default", f.value)})
		}
	}
	if prefix := o.Tokenizer.Prefix; !utf8.ValidString(prefix) || strings.ContainsAny(prefix, "\r\n") {
		problems = append(problems, &Error{Field: "Tokenizer.Prefix", Reason: fmt.Sprintf("is %q, expected UTF-8 without the end of a line, since pieces begin with it", prefix)})
	}
	return errors.Join(problems...)
}

// TrainVocabulary trains a WordPiece vocabulary on texts and returns the pieces in the order
// of their ids, for [New] and vocab.txt. The special tokens come first ([PAD], [UNK], [CLS],
// [SEP], [MASK]), then the alphabet by code point, then with the prefix "##" those of its
// characters that continue a word, and then the merged pieces in the order of the merges.
//
// Each word starts as a sequence of characters. Training repeatedly merges the most frequent
// pair of neighbouring pieces into one piece, until the vocabulary has Size pieces, or fewer
// if no pair occurs MinFrequency times. Among equally frequent pairs, the pair with the lower
// first id, then with the lower second id, is merged first. Characters outside the alphabet
// are left out of their words; among equally frequent characters those of lower code points
// are kept. A word of more than Tokenizer.MaxWordRunes characters is not counted, since the
// tokenizer never splits it.
//
// The result depends only on the frequencies of the words: not on the order of the texts, and
// not on the number of processors, all of which count words (GOMAXPROCS). It equals that of
// WordPieceTrainer of Hugging Face's tokenizers, which orders the prefixed half of the
// alphabet at random, and equally frequent pairs by these ids.
//
// The error is the context's if the context ends early. It is a *Error for an invalid option
// (Field names it), such as a Size that is less than the number of special tokens and
// characters, and for texts without a word (Kind ErrNoWords).
//
// Sources: Sennrich et al. 2016 (arXiv:1508.07909) for merging pairs; Wu et al. 2016
// (arXiv:1609.08144) for WordPiece.
func TrainVocabulary(ctx context.Context, texts iter.Seq[string], opts VocabularyOptions) ([]string, error) {
	if ctx == nil || texts == nil {
		return nil, errors.New("tokenizers: TrainVocabulary: the context or the texts are nil")
	}
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
			"is %d, expected %d or more, the number of special tokens and characters, or an Alphabet of less than %d",
			opts.Size, len(v.pieces), min(opts.Alphabet, m.alphabet))}
	}
	if err := m.run(ctx, opts.Size, int64(opts.MinFrequency)); err != nil {
		return nil, err
	}
	return v.pieces, nil
}

// vocabulary is a vocabulary in training. Each piece is distinct.
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

// add returns the id of a piece, which it adds unless it exists.
func (v *vocabulary) add(piece string) int32 {
	id, ok := v.ids[piece]
	if !ok {
		id = int32(len(v.pieces))
		v.pieces = append(v.pieces, piece)
		v.ids[piece] = id
	}
	return id
}
