package tokenizers

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Tokenizer turns text into the ids of BERT's word pieces and back: clean-up,
// words, pieces, [CLS] and [SEP], id for id as Rust's tokenizers library does
// for BERT's models, cased and uncased. Open one with Open or make one
// with New; it never changes and any number of goroutines may share it.
type Tokenizer struct {
	opts   Options    // with its defaults filled in
	pieces []string   // by id, added tokens beyond the vocabulary included
	vocab  pieceVocab // the vocabulary itself
	ids    map[string]int32

	normalizer *normalizer
	wordPiece  *wordPiece
	raw        *addedTokens // looked for in the text as it is
	normal     *addedTokens // looked for after clean-up; nil when there are none
	special    map[int32]bool
	shown      map[int32]string // added tokens that Decode shows cleaned up, as they are found

	cls, sep, pad, mask, unk int32

	source *source // the files that it was opened from; nil for none

	encoders sync.Pool
}

// Options says how text is read. The zero value is BERT's own cased
// tokenizer; with Lowercase it is the uncased one.
type Options struct {
	Lowercase        bool  // letters become lower case
	StripAccents     *bool // accents are stripped; nil: as Lowercase says
	KeepControls     bool  // control characters stay, white space stays what it is
	KeepChineseWords bool  // ideographs are not made words of their own
	KeepSpaces       bool  // Decode leaves the space before punctuation

	CLS, SEP, PAD, MASK, UNK string // special tokens; "" is "[CLS]", "[SEP]", ...

	Prefix       string // of pieces that go on with a word; "" is "##"
	MaxWordRunes int    // a longer word becomes UNK; 0 is 100

	// Added are tokens that are found in text whole, before it is cut into
	// words. The five special tokens are always among them; list one to change
	// how it is found.
	Added []AddedToken
}

// AddedToken is a token that is found in text whole, wherever it stands. What is
// not in the vocabulary gets the next free id, in order.
type AddedToken struct {
	Content    string `json:"content"`
	LStrip     bool   `json:"lstrip"`     // takes the white space before it along
	RStrip     bool   `json:"rstrip"`     // takes the white space after it along
	Normalized bool   `json:"normalized"` // is looked for after clean-up, itself cleaned up
	Special    bool   `json:"special"`    // Decode leaves it out
}

// New makes a tokenizer of a vocabulary whose pieces stand in the order
// of their ids. A special token that the vocabulary lacks must be one of opts.Added,
// except for UNK. The error is a *Error: ErrVocabulary for an empty
// vocabulary and for pieces that are empty, doubled, broken over lines or not UTF-8
// (Line counts from 1),
// ErrSpecialToken for a vocabulary without one of the special tokens.
func New(vocab []string, opts Options) (*Tokenizer, error) {
	before := make(map[string]int, len(vocab))
	for id, piece := range vocab {
		if piece == "" {
			return nil, &Error{Line: id + 1, Kind: ErrVocabulary, Reason: "an empty piece; expected one piece a line and no blank lines"}
		}
		if line, twice := before[piece]; twice {
			return nil, &Error{Line: id + 1, Kind: ErrVocabulary, Reason: fmt.Sprintf("the piece %q is already that of line %d; expected each once, since a piece has one id", piece, line)}
		}
		before[piece] = id + 1
	}
	return newFromVocab(newPieceVocab(slices.Clone(vocab)), opts)
}

// newFromVocab is New for the vocabulary of a file.
func newFromVocab(vocab pieceVocab, opts Options) (*Tokenizer, error) {
	opts = opts.withDefaults()
	t := &Tokenizer{opts: opts, vocab: vocab, special: map[int32]bool{}, shown: map[int32]string{}}
	if err := t.checkVocab(); err != nil {
		return nil, err
	}
	t.pieces, t.ids = slices.Clone(vocab.pieces), vocab.ids()
	t.normalizer = newNormalizer(opts)
	t.wordPiece = newWordPiece(vocab.pieces, opts.Prefix, opts.MaxWordRunes)
	specials := []struct {
		role, piece string
		id          *int32
	}{
		{"CLS", opts.CLS, &t.cls}, {"SEP", opts.SEP, &t.sep}, {"PAD", opts.PAD, &t.pad},
		{"MASK", opts.MASK, &t.mask}, {"UNK", opts.UNK, &t.unk},
	}
	for _, s := range specials {
		added := s.role != "UNK" && slices.ContainsFunc(opts.Added, func(a AddedToken) bool { return a.Content == s.piece })
		if _, ok := t.ids[s.piece]; !ok && !added {
			return nil, &Error{Kind: ErrSpecialToken, Reason: fmt.Sprintf(
				"the vocabulary of %d pieces lacks the special token %q (%s): it is cut short, or of another model", len(vocab.pieces), s.piece, s.role)}
		}
	}
	if err := t.addTokens(); err != nil {
		return nil, err
	}
	for _, s := range specials {
		*s.id = t.ids[s.piece]
	}
	t.wordPiece.unknown = t.unk
	for n := len(t.pieces); t.pieces[n-1] == ""; n-- { // blank lines at the end shift nothing
		t.pieces = t.pieces[:n-1]
	}
	t.encoders.New = func() any { return &textEncoder{t: t, cache: map[string][]int32{}} }
	return t, nil
}

// maxWordRunes is the length of the longest word that BERT cuts into pieces.
const maxWordRunes = 100

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&o.CLS, "[CLS]"}, {&o.SEP, "[SEP]"}, {&o.PAD, "[PAD]"}, {&o.MASK, "[MASK]"}, {&o.UNK, "[UNK]"}, {&o.Prefix, "##"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if o.MaxWordRunes == 0 {
		o.MaxWordRunes = maxWordRunes
	}
	return o
}

// strips reports whether accents are stripped.
func (o Options) strips() bool {
	if o.StripAccents != nil {
		return *o.StripAccents
	}
	return o.Lowercase
}

func (t *Tokenizer) checkVocab() error {
	if len(t.vocab.pieces) == 0 {
		return &Error{Kind: ErrVocabulary, Reason: "the vocabulary is empty"}
	}
	if t.opts.MaxWordRunes < 0 {
		return &Error{Field: "MaxWordRunes", Reason: fmt.Sprintf("is %d, expected 1 or more", t.opts.MaxWordRunes)}
	}
	for id, piece := range t.vocab.pieces {
		switch {
		case !utf8.ValidString(piece):
			return &Error{Line: id + 1, Kind: ErrVocabulary, Reason: fmt.Sprintf("the piece %q is not UTF-8", piece)}
		case strings.ContainsAny(piece, "\r\n"):
			return &Error{Line: id + 1, Kind: ErrVocabulary, Reason: fmt.Sprintf("the piece %q holds the end of a line; expected one piece a line", piece)}
		}
	}
	return nil
}

// addTokens prepares the special and added tokens to be found in text.
func (t *Tokenizer) addTokens() error {
	var added []AddedToken
	seen := map[string]bool{}
	for _, a := range t.opts.Added {
		if a.Content == "" || seen[a.Content] || !utf8.ValidString(a.Content) {
			return &Error{Field: "added tokens", Kind: ErrVocabulary, Reason: fmt.Sprintf("the token %q is empty, not UTF-8 or listed twice", a.Content)}
		}
		seen[a.Content] = true
		added = append(added, a)
	}
	for _, s := range []string{t.opts.PAD, t.opts.UNK, t.opts.CLS, t.opts.SEP, t.opts.MASK} {
		if !seen[s] {
			seen[s] = true
			added = append(added, AddedToken{Content: s, Special: true})
		}
	}
	t.opts.Added = added
	var raw, normal []foundToken
	cleaned := map[string]string{} // normalized tokens by what is looked for
	next := t.vocab.distinct
	for _, a := range added {
		id, ok := t.ids[a.Content]
		if !ok {
			id = int32(next)
			if err := t.place(a.Content, next); err != nil {
				return err
			}
			next++
		}
		if a.Special {
			t.special[id] = true
		}
		found := foundToken{text: a.Content, id: id, lstrip: a.LStrip, rstrip: a.RStrip}
		if !a.Normalized {
			raw = append(raw, found)
			continue
		}
		found.text = string(t.normalizer.append(nil, a.Content))
		if strings.TrimSpace(found.text) == "" {
			return &Error{Field: "added tokens", Kind: ErrVocabulary, Reason: fmt.Sprintf("nothing is left of the token %q after clean-up, so that it can never be found", a.Content)}
		}
		if found.text != a.Content {
			t.shown[id] = found.text
		}
		if other, twice := cleaned[found.text]; twice {
			return &Error{Field: "added tokens", Kind: ErrVocabulary, Reason: fmt.Sprintf(
				"the tokens %q and %q are both %q after clean-up, so that either can be meant, and transformers and tokenizers take different ones: add one of them, or set normalized to false",
				other, a.Content, found.text)}
		}
		cleaned[found.text] = a.Content
		normal = append(normal, found)
	}
	t.raw, t.normal = newAddedTokens(raw), newAddedTokens(normal)
	return nil
}

// place gives an id to a token that the vocabulary lacks. Where the vocabulary holds a
// piece twice, the first free id of Rust's tokenizers lies within it.
func (t *Tokenizer) place(token string, id int) error {
	if id >= len(t.pieces) {
		t.pieces = append(t.pieces, token)
	} else if piece := t.pieces[id]; piece != "" && t.ids[piece] == int32(id) {
		return &Error{Field: "added tokens", Kind: ErrVocabulary, Reason: fmt.Sprintf(
			"the token %q gets the id %d in transformers, which the piece %q has already, since the vocabulary holds pieces twice: give each piece that is there again further down another name in vocab.txt, such as [unused1], and delete tokenizer.json",
			token, id, piece)}
	} else {
		t.pieces[id] = token
	}
	t.ids[token] = int32(id)
	return nil
}

// CLS is the id of the token that begins every input, [CLS].
func (t *Tokenizer) CLS() int32 { return t.cls }

// SEP is the id of the token that ends every text, [SEP].
func (t *Tokenizer) SEP() int32 { return t.sep }

// PAD is the id that fills a batch's shorter rows, [PAD].
func (t *Tokenizer) PAD() int32 { return t.pad }

// MASK is the id of the token that hides a word, [MASK].
func (t *Tokenizer) MASK() int32 { return t.mask }

// UNK is the id of words that the vocabulary cannot spell, [UNK].
func (t *Tokenizer) UNK() int32 { return t.unk }

// VocabSize is the number of ids, added tokens included: every id is below it.
func (t *Tokenizer) VocabSize() int { return len(t.pieces) }

// BaseVocabSize is the number of distinct pieces of the vocabulary, added tokens left out:
// the first free id, which transformers gives to the first added token.
func (t *Tokenizer) BaseVocabSize() int { return t.vocab.distinct }

// ID returns the id of a piece or added token, as it is spelt in the vocabulary
// ("##ing", "[MASK]").
func (t *Tokenizer) ID(token string) (int32, bool) {
	id, ok := t.ids[token]
	return id, ok
}

// Options returns how the tokenizer reads text, defaults filled in.
func (t *Tokenizer) Options() Options {
	opts := t.opts
	opts.Added = append([]AddedToken(nil), t.opts.Added...)
	return opts
}
