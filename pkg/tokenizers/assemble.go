package tokenizers

import (
	"fmt"
	"slices"
	"strconv"
)

// standardSpecials are BertTokenizer's special tokens where no file names others.
var standardSpecials = map[string]string{
	"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]",
}

// nameSpecials sets the special tokens that files name, and the standard ones where
// they name none.
func (c *tokenizerConfig) nameSpecials(opts *Options) error {
	for field, into := range map[string]*string{
		"unk_token": &opts.UNK, "sep_token": &opts.SEP, "pad_token": &opts.PAD, "cls_token": &opts.CLS, "mask_token": &opts.MASK,
	} {
		*into = standardSpecials[field]
		if token, ok := c.tokens.named[field]; ok {
			*into = token.Content
		} else if c.kind != fileClass && slices.Contains(c.tokens.null, field) {
			return c.unsupported(field, fmt.Sprintf("is null, expected a token: write %q, which a missing field means", *into))
		}
	}
	return nil
}

// assembly collects added tokens in the order of their ids.
type assembly struct {
	ids    map[string]int32
	next   int32
	tokens []AddedToken
	place  map[string]int // in tokens
}

// put adds a token, whose id is -1 where the file does not state it. A token that is
// there already takes the properties of the new one if override is set.
func (a *assembly) put(token fileToken, id int32, override bool) error {
	if i, ok := a.place[token.Content]; ok {
		if override {
			special := a.tokens[i].Special
			a.tokens[i] = token.AddedToken
			a.tokens[i].Special = token.Special || special
		}
	} else {
		a.place[token.Content] = len(a.tokens)
		a.tokens = append(a.tokens, token.AddedToken)
		if _, ok := a.ids[token.Content]; !ok {
			a.ids[token.Content] = a.next
			a.next++
		}
	}
	if want := a.ids[token.Content]; id >= 0 && id != want {
		return &Error{Path: token.path, Field: token.field, Kind: ErrConflict, Reason: fmt.Sprintf(
			"the token %q has id %d, expected %d: that of the vocabulary or, if it is not in it, the next free one", token.Content, id, want)}
	}
	return nil
}

// addTokens sets opts.Added to the tokens that transformers finds in a text beside
// the standard special ones: those of tokenizer.json, those of tokenizer_config.json's
// added_tokens_decoder or of added_tokens.json, and the special tokens that files name.
// full reports whether there is a tokenizer.json, whose added_tokens are then added.
//
// Source: transformers 5.24.0, PreTrainedTokenizerBase._from_pretrained and
// TokenizersBackend.__init__.
func (c *tokenizerConfig) addTokens(opts *Options, v pieceVocab, added []fileToken, full bool) error {
	a := assembly{ids: v.ids(), next: int32(v.distinct), place: map[string]int{}}
	t := &c.tokens
	asFile := full && c.kind != bertClass // tokenizer.json's come first
	listed := t.decoder
	switch {
	case asFile:
		for _, token := range added {
			if err := a.put(token, token.ID, false); err != nil {
				return err
			}
		}
	case t.closed:
		if err := c.sameAdded(opts, added); err != nil {
			return err
		}
	default: // by id, and tokenizer.json goes before added_tokens.json
		listed = slices.DeleteFunc(slices.Clone(listed), func(l fileToken) bool {
			return slices.ContainsFunc(added, func(o fileToken) bool { return o.ID == l.ID && o.Content == l.Content })
		})
		listed = append(listed, added...)
		slices.SortStableFunc(listed, func(a, b fileToken) int { return int(a.ID) - int(b.ID) })
	}
	for _, token := range listed {
		if token.ID < 0 {
			return &Error{Path: token.path, Field: token.field, Kind: ErrConflict, Reason: fmt.Sprintf("the token %q has id %d, expected 0 or more", token.Content, token.ID)}
		}
		if err := a.put(token, token.ID, t.closed); err != nil {
			return err
		}
	}
	named := map[string]bool{}
	for _, field := range t.order {
		token := t.named[field]
		named[token.Content] = true
		if i, ok := a.place[token.Content]; ok {
			a.tokens[i].Special = true
			continue
		}
		_, inVocab := a.ids[token.Content]
		if _, standard := standardSpecials[field]; standard && inVocab && !token.Normalized && !token.LStrip && !token.RStrip {
			continue // New adds it
		}
		if err := a.put(token, -1, false); err != nil {
			return err
		}
	}
	for _, token := range t.extra {
		if err := a.put(token, -1, false); err != nil {
			return err
		}
	}
	opts.Added = a.tokens
	if asFile {
		return c.allFound(opts, named)
	}
	return nil
}

// sameAdded looks for tokenizer.json's added tokens in added_tokens_decoder.
// transformers 5 leaves out a token that is in the former alone, transformers 4 and Rust's
// tokenizers do not.
func (c *tokenizerConfig) sameAdded(opts *Options, added []fileToken) error {
	specials := []string{opts.CLS, opts.SEP, opts.PAD, opts.MASK, opts.UNK}
	for _, token := range added {
		same := func(o fileToken) bool { return o.Content == token.Content }
		_, named := findToken(c.tokens.named, same)
		if !named && !slices.Contains(specials, token.Content) && !slices.ContainsFunc(c.tokens.decoder, same) && !slices.ContainsFunc(c.tokens.extra, same) {
			return &Error{Path: token.path, Field: token.field, Kind: ErrConflict, Reason: notInDecoder(token.Content)}
		}
	}
	return nil
}

func findToken(tokens map[string]fileToken, is func(fileToken) bool) (fileToken, bool) {
	for _, token := range tokens {
		if is(token) {
			return token, true
		}
	}
	return fileToken{}, false
}

// allFound refuses a tokenizer.json, taken as it is, that does not find a special token
// in a text, for this package always does.
func (c *tokenizerConfig) allFound(opts *Options, named map[string]bool) error {
	for _, s := range []struct{ field, token string }{
		{"cls_token", opts.CLS}, {"sep_token", opts.SEP}, {"pad_token", opts.PAD}, {"mask_token", opts.MASK}, {"unk_token", opts.UNK},
	} {
		if !named[s.token] && !slices.ContainsFunc(opts.Added, func(a AddedToken) bool { return a.Content == s.token }) {
			return c.unsupported(s.field, fmt.Sprintf("is not given, and tokenizer.json beside it does not list %s under added_tokens, so that the token is cut into pieces where it stands in a text: write %q here",
				strconv.Quote(s.token), s.token))
		}
	}
	return nil
}
