package tokenizers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// standardSpecials holds BertTokenizer's special tokens by the field that can name others.
var standardSpecials = map[string]string{
	"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
}

// nameSpecials sets the special tokens: those that files name, else the standard ones.
func (c *tokenizerConfig) nameSpecials(opts *Options) error {
	var problems []error
	for _, s := range []struct {
		field string
		token *string
	}{
		{"unk_token", &opts.UNK}, {"sep_token", &opts.SEP}, {"pad_token", &opts.PAD}, {"cls_token", &opts.CLS}, {"mask_token", &opts.MASK},
	} {
		*s.token = standardSpecials[s.field]
		if token, ok := c.tokens.named[s.field]; ok {
			*s.token = token.Content
		} else if c.kind != fileClass && slices.Contains(c.tokens.null, s.field) {
			problems = append(problems, c.unsupported(s.field, fmt.Sprintf("is null, expected a token: write %q, which a missing field means", *s.token)))
		}
	}
	return errors.Join(problems...)
}

// assembly collects added tokens in the order of their ids.
type assembly struct {
	ids    map[string]int32
	next   int32
	tokens []AddedToken
	index  map[string]int // of a token in tokens, by its content
}

// put adds a token; id is -1 if the file states none. With override, a token that is
// already there takes the properties of the new one.
func (a *assembly) put(token fileToken, id int32, override bool) error {
	if i, ok := a.index[token.Content]; ok {
		if override {
			special := a.tokens[i].Special
			a.tokens[i] = token.AddedToken
			a.tokens[i].Special = token.Special || special
		}
	} else {
		a.index[token.Content] = len(a.tokens)
		a.tokens = append(a.tokens, token.AddedToken)
		if _, ok := a.ids[token.Content]; !ok {
			a.ids[token.Content] = a.next
			a.next++
		}
	}
	if want := a.ids[token.Content]; id >= 0 && id != want {
		return &Error{Path: token.path, Field: token.field, Kind: ErrConflict, Reason: fmt.Sprintf(
			"the token %q has id %d, expected %d: its id in the vocabulary or, for a token outside it, the next free id", token.Content, id, want)}
	}
	return nil
}

// addTokens sets opts.Added to the tokens that transformers recognizes in a text, the
// standard special tokens left out: those of tokenizer.json, those of
// tokenizer_config.json's added_tokens_decoder or of added_tokens.json, and the special
// tokens that files name. full reports whether the folder has a tokenizer.json, whose
// added_tokens are then added.
//
// Source: transformers 5.24.0, PreTrainedTokenizerBase._from_pretrained and
// TokenizersBackend.__init__.
func (c *tokenizerConfig) addTokens(opts *Options, v pieceVocab, added []fileToken, full bool) error {
	a := assembly{ids: v.ids(), next: int32(v.distinct), index: map[string]int{}}
	asFile := full && c.kind != bertClass // tokenizer.json's tokens come first
	listed, err := c.listTokens(&a, opts, added, asFile)
	if err != nil {
		return err
	}
	for _, token := range listed {
		if token.ID < 0 {
			return &Error{Path: token.path, Field: token.field, Kind: ErrConflict, Reason: fmt.Sprintf("the token %q has id %d, expected 0 or more", token.Content, token.ID)}
		}
		if err := a.put(token, token.ID, c.tokens.closed); err != nil {
			return err
		}
	}
	named, err := c.putSpecials(&a)
	if err != nil {
		return err
	}
	opts.Added = a.tokens
	if asFile {
		return c.allFound(opts, named)
	}
	return nil
}

// listTokens returns the tokens that files list with an id, in the order in which they are
// added. Those of a tokenizer.json that is taken as it is (asFile) are put into a.
func (c *tokenizerConfig) listTokens(a *assembly, opts *Options, added []fileToken, asFile bool) ([]fileToken, error) {
	listed := c.tokens.decoder
	switch {
	case asFile:
		for _, token := range added {
			if err := a.put(token, token.ID, false); err != nil {
				return nil, err
			}
		}
	case c.tokens.closed:
		if err := c.sameAdded(opts, added); err != nil {
			return nil, err
		}
	default: // by id; tokenizer.json takes precedence over added_tokens.json
		listed = slices.DeleteFunc(slices.Clone(listed), func(l fileToken) bool {
			return slices.ContainsFunc(added, func(o fileToken) bool { return o.ID == l.ID && o.Content == l.Content })
		})
		listed = append(listed, added...)
		slices.SortStableFunc(listed, func(a, b fileToken) int { return int(a.ID) - int(b.ID) })
	}
	return listed, nil
}

// putSpecials adds the special tokens that files name, and returns the contents of those
// that are named by a field.
func (c *tokenizerConfig) putSpecials(a *assembly) (named map[string]bool, err error) {
	named = map[string]bool{}
	for _, field := range c.tokens.order {
		token := c.tokens.named[field]
		named[token.Content] = true
		if i, ok := a.index[token.Content]; ok {
			a.tokens[i].Special = true
			continue
		}
		_, inVocab := a.ids[token.Content]
		if _, standard := standardSpecials[field]; standard && inVocab && !token.Normalized && !token.LStrip && !token.RStrip {
			continue // New adds it
		}
		if err := a.put(token, -1, false); err != nil {
			return nil, err
		}
	}
	for _, token := range c.tokens.extra {
		if err := a.put(token, -1, false); err != nil {
			return nil, err
		}
	}
	return named, nil
}

// sameAdded refuses an added token of tokenizer.json that added_tokens_decoder lacks:
// transformers 5 ignores the token, transformers 4 and tokenizers do not.
func (c *tokenizerConfig) sameAdded(opts *Options, added []fileToken) error {
	specials := []string{opts.CLS, opts.SEP, opts.PAD, opts.MASK, opts.UNK}
	for _, token := range c.tokens.named {
		specials = append(specials, token.Content)
	}
	var problems []error
	for _, token := range added {
		same := func(o fileToken) bool { return o.Content == token.Content }
		if !slices.Contains(specials, token.Content) && !slices.ContainsFunc(c.tokens.decoder, same) && !slices.ContainsFunc(c.tokens.extra, same) {
			problems = append(problems, &Error{Path: token.path, Field: token.field, Kind: ErrConflict, Reason: notInDecoder(token.Content)})
		}
	}
	return errors.Join(problems...)
}

// allFound refuses a tokenizer.json, taken as it is, that does not recognize a special token
// in a text, since this package always does.
func (c *tokenizerConfig) allFound(opts *Options, named map[string]bool) error {
	var problems []error
	for _, s := range []struct{ field, token string }{
		{"cls_token", opts.CLS}, {"sep_token", opts.SEP}, {"pad_token", opts.PAD}, {"mask_token", opts.MASK}, {"unk_token", opts.UNK},
	} {
		if !named[s.token] && !slices.ContainsFunc(opts.Added, func(a AddedToken) bool { return a.Content == s.token }) {
			problems = append(problems, c.unsupported(s.field, fmt.Sprintf("is missing, and added_tokens of tokenizer.json does not list %s, so that the token is split into pieces in a text, expected a special token: write %q here",
				strconv.Quote(s.token), s.token)))
		}
	}
	return errors.Join(problems...)
}
