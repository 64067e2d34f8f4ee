package tokenizers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Tokenizer turns text into the ids of BERT's word pieces and back. An encoding is
// normalization, splitting into words, WordPiece, [CLS] and [SEP]; its ids equal those of
// Hugging Face's tokenizers library for BERT's models, cased and uncased. A Tokenizer, made
// by [Open] or [New], never changes: goroutines may share it.
type Tokenizer struct {
	opts   Options    // defaults filled in
	pieces []string   // by id, added tokens outside the vocabulary included
	vocab  pieceVocab // the vocabulary without added tokens
	ids    map[string]int32

	normalizer *normalizer
	wordPiece  *wordPiece
	raw        *addedTokens // searched for in the text before normalization
	normal     *addedTokens // searched for after normalization; nil if there are none
	special    map[int32]bool
	shown      map[int32]string // normalized text, for Decode, of added tokens that normalization changes

	cls, sep, pad, mask, unk int32

	source *source // the files that the tokenizer was opened from; nil for none

	encoders sync.Pool
}

// Options are the settings of a tokenizer. The zero value is BERT's cased tokenizer; with
// Lowercase it is the uncased one.
type Options struct {
	Lowercase        bool  // lower-case letters
	StripAccents     *bool // strip accents; nil: the value of Lowercase
	KeepControls     bool  // keep control characters and every kind of white space as they are
	KeepChineseWords bool  // do not split text at each CJK ideograph
	KeepSpaces       bool  // Decode keeps the space before punctuation

	CLS, SEP, PAD, MASK, UNK string // special tokens; "" means "[CLS]", "[SEP]", ...

	Prefix       string // prefix of pieces that continue a word; "" means "##"
	MaxWordRunes int    // a word of more characters becomes UNK; 0 means 100

	// Added holds tokens that are recognized in a text before it is split into words. The
	// five special tokens are always recognized; list one here to change how.
	Added []AddedToken
}

// AddedToken is a token that is recognized anywhere in a text and never split. A token
// outside the vocabulary gets the next free id, in the order of the list.
type AddedToken struct {
	Content    string `json:"content"`
	LStrip     bool   `json:"lstrip"`     // absorbs the white space before it
	RStrip     bool   `json:"rstrip"`     // absorbs the white space after it
	Normalized bool   `json:"normalized"` // its normalized text is searched for in the normalized text
	Special    bool   `json:"special"`    // Decode omits it
}

// maxErrors limits the problems of a vocabulary that one error lists.
const maxErrors = 10

// New makes a tokenizer from the pieces of a vocabulary in the order of their ids. A special
// token outside the vocabulary must be in opts.Added; UNK must be in the vocabulary.
//
// The error joins a *Error for each problem, ten at most. Its Kind is ErrVocabulary for an
// empty vocabulary, for a piece (Line counts from 1) that is empty, repeated, not UTF-8 or
// longer than one line, and for an added token that cannot be recognized; it is
// ErrSpecialToken for a missing special token.
func New(vocab []string, opts Options) (*Tokenizer, error) {
	lines := make(map[string]int, len(vocab))
	var problems []error
	for id, piece := range vocab {
		line, twice := lines[piece]
		switch {
		case len(problems) == maxErrors:
		case piece == "":
			problems = append(problems, &Error{Line: id + 1, Kind: ErrVocabulary, Reason: "is an empty piece, expected one piece per line and no blank lines"})
		case twice:
			problems = append(problems, &Error{Line: id + 1, Kind: ErrVocabulary, Reason: fmt.Sprintf("the piece %q is also in line %d, expected each piece once, since a piece has one id", piece, line)})
		default:
			lines[piece] = id + 1
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return newFromVocab(newPieceVocab(slices.Clone(vocab)), opts)
}

// newFromVocab is New for the vocabulary of a file, which may repeat pieces and hold blank
// lines.
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
	var missing []string
	for _, s := range specials {
		added := s.role != "UNK" && slices.ContainsFunc(opts.Added, func(a AddedToken) bool { return a.Content == s.piece })
		if _, ok := t.ids[s.piece]; !ok && !added {
			missing = append(missing, fmt.Sprintf("%q (%s)", s.piece, s.role))
		}
	}
	if len(missing) > 0 {
		return nil, &Error{Kind: ErrSpecialToken, Reason: fmt.Sprintf(
			"the vocabulary of %d pieces lacks the special tokens %s, expected all five: the vocabulary is cut short, or belongs to another model", len(vocab.pieces), strings.Join(missing, ", "))}
	}
	if err := t.addTokens(); err != nil {
		return nil, err
	}
	for _, s := range specials {
		*s.id = t.ids[s.piece]
	}
	t.wordPiece.unknown = t.unk
	for n := len(t.pieces); t.pieces[n-1] == ""; n-- { // blank lines at the end shift no id
		t.pieces = t.pieces[:n-1]
	}
	t.encoders.New = func() any { return &textEncoder{t: t, cache: newWordCache()} }
	return t, nil
}

// maxWordRunes is the length, in characters, of the longest word that BERT splits into
// pieces.
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

// stripsAccents reports whether accents are stripped.
func (o Options) stripsAccents() bool {
	if o.StripAccents != nil {
		return *o.StripAccents
	}
	return o.Lowercase
}

func (t *Tokenizer) checkVocab() error {
	var problems []error
	if len(t.vocab.pieces) == 0 {
		problems = append(problems, &Error{Kind: ErrVocabulary, Reason: "the vocabulary is empty, expected one piece per line"})
	}
	if t.opts.MaxWordRunes < 0 {
		problems = append(problems, &Error{Field: "MaxWordRunes", Reason: fmt.Sprintf("is %d, expected 1 or more, or 0 for the default", t.opts.MaxWordRunes)})
	}
	for id, piece := range t.vocab.pieces {
		switch {
		case len(problems) == maxErrors:
		case !utf8.ValidString(piece):
			problems = append(problems, &Error{Line: id + 1, Kind: ErrVocabulary, Reason: fmt.Sprintf("the piece %q is not UTF-8", piece)})
		case strings.ContainsAny(piece, "\r\n"):
			problems = append(problems, &Error{Line: id + 1, Kind: ErrVocabulary, Reason: fmt.Sprintf("the piece %q contains the end of a line, expected one piece per line", piece)})
		}
	}
	return errors.Join(problems...)
}

// addTokens prepares the search for the special and added tokens.
func (t *Tokenizer) addTokens() error {
	if err := t.listAdded(); err != nil {
		return err
	}
	var raw, normal []foundToken
	var problems []error
	byText := map[string]string{} // added token by its normalized text
	next := t.vocab.distinct
	for _, a := range t.opts.Added {
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
		other, twice := byText[found.text]
		switch {
		case strings.TrimSpace(found.text) == "":
			problems = append(problems, addedError("normalization leaves nothing of the token %q, so that it can never be found", a.Content))
			continue
		case twice:
			problems = append(problems, addedError(
				"the tokens %q and %q are both %q after normalization, and transformers and tokenizers choose different ones: add one of them, or set normalized to false",
				other, a.Content, found.text))
			continue
		}
		if found.text != a.Content {
			t.shown[id] = found.text
		}
		byText[found.text] = a.Content
		normal = append(normal, found)
	}
	t.raw, t.normal = newAddedTokens(raw), newAddedTokens(normal)
	return errors.Join(problems...)
}

// listAdded checks the added tokens and appends the special tokens that are not among them.
func (t *Tokenizer) listAdded() error {
	var added []AddedToken
	var problems []error
	seen := map[string]bool{}
	for _, a := range t.opts.Added {
		if a.Content == "" || seen[a.Content] || !utf8.ValidString(a.Content) {
			problems = append(problems, addedError("the token %q is empty, not UTF-8 or listed twice", a.Content))
			continue
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
	return errors.Join(problems...)
}

func addedError(format string, args ...any) *Error {
	return &Error{Field: "added tokens", Kind: ErrVocabulary, Reason: fmt.Sprintf(format, args...)}
}

// place gives an id to a token outside the vocabulary. If the vocabulary repeats a piece,
// the first free id of Hugging Face's tokenizers lies within the vocabulary.
func (t *Tokenizer) place(token string, id int) error {
	if id >= len(t.pieces) {
		t.pieces = append(t.pieces, token)
	} else if piece := t.pieces[id]; piece != "" && t.ids[piece] == int32(id) {
		return addedError("the token %q gets the id %d in transformers, which the piece %q has already, since the vocabulary repeats pieces: in vocab.txt, replace the earlier line of each repeated piece by another name, such as [unused1], and delete tokenizer.json",
			token, id, piece)
	} else {
		t.pieces[id] = token
	}
	t.ids[token] = int32(id)
	return nil
}

// CLS returns the id of [CLS], the first token of every encoding.
func (t *Tokenizer) CLS() int32 { return t.cls }

// SEP returns the id of [SEP], the token after every text.
func (t *Tokenizer) SEP() int32 { return t.sep }

// PAD returns the id of [PAD], which fills the shorter rows of a batch.
func (t *Tokenizer) PAD() int32 { return t.pad }

// MASK returns the id of [MASK], which replaces a token in masked language modelling.
func (t *Tokenizer) MASK() int32 { return t.mask }

// UNK returns the id of [UNK], which replaces a word that has no pieces.
func (t *Tokenizer) UNK() int32 { return t.unk }

// VocabSize returns the number of ids, added tokens included: every id is less.
func (t *Tokenizer) VocabSize() int { return len(t.pieces) }

// BaseVocabSize returns the number of distinct pieces of the vocabulary without added
// tokens, which is the id that transformers gives to the first added token.
func (t *Tokenizer) BaseVocabSize() int { return t.vocab.distinct }

// ID returns the id of a piece or an added token ("##ing", "[MASK]"). ok is false if the
// tokenizer has no such token.
func (t *Tokenizer) ID(token string) (id int32, ok bool) {
	id, ok = t.ids[token]
	return id, ok
}

// Options returns the tokenizer's settings, defaults filled in.
func (t *Tokenizer) Options() Options {
	opts := t.opts
	opts.Added = slices.Clone(t.opts.Added)
	return opts
}
