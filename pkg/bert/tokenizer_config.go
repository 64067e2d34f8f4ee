package bert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// tokenizerConfig is the part of tokenizer_config.json that changes ids.
// Source: transformers' BertTokenizer.
type tokenizerConfig struct {
	path     string
	caseFrom string // the name that decided DoLowerCase; "" where a file or nothing did

	Class         string   `json:"tokenizer_class"`
	DoLowerCase   *bool    `json:"do_lower_case"`
	StripAccents  *bool    `json:"strip_accents"`
	Chinese       *bool    `json:"tokenize_chinese_chars"`
	BasicTokenize *bool    `json:"do_basic_tokenize"`
	NeverSplit    []string `json:"never_split"`
	Truncation    string   `json:"truncation_side"`

	CLS  tokenName `json:"cls_token"`
	SEP  tokenName `json:"sep_token"`
	PAD  tokenName `json:"pad_token"`
	MASK tokenName `json:"mask_token"`
	UNK  tokenName `json:"unk_token"`

	Added map[string]fileToken `json:"added_tokens_decoder"` // by id
}

// fileToken is an added token as files list it.
type fileToken struct {
	AddedToken
	ID         int32 `json:"id"`
	SingleWord bool  `json:"single_word"`
}

// tokenName is a token's text, given as a string or as an object with content.
type tokenName string

func (n *tokenName) UnmarshalJSON(data []byte) error {
	var token *struct {
		Content string `json:"content"`
	}
	if data[0] == '{' {
		if err := json.Unmarshal(data, &token); err != nil {
			return err
		}
		*n = tokenName(token.Content)
		return nil
	}
	return json.Unmarshal(data, (*string)(n))
}

// addedTokensFile lists the tokens beyond vocab.txt, in folders that older
// transformers wrote.
const addedTokensFile = "added_tokens.json"

// readTokenizerConfig reads tokenizer_config.json; a missing file says nothing.
func readTokenizerConfig(path string) (*tokenizerConfig, error) {
	c := &tokenizerConfig{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	if err := unmarshalTokenizer(data, c); err != nil {
		return nil, atPath(err, path)
	}
	switch {
	case c.Class != "" && !slices.Contains(bertClasses, c.Class):
		return nil, c.unsupported("tokenizer_class", fmt.Sprintf("is %q, expected one of %q", c.Class, bertClasses))
	case c.BasicTokenize != nil && !*c.BasicTokenize:
		return nil, c.unsupported("do_basic_tokenize", "is false, expected true: BERT's clean-up and splitting into words")
	case c.Truncation != "" && c.Truncation != "right":
		return nil, c.unsupported("truncation_side", fmt.Sprintf("is %q, expected \"right\": texts lose their end", c.Truncation))
	}
	return c, nil
}

// bertClasses are the classes of transformers that read text as BERT does. The
// last three say nothing of themselves and come with a tokenizer.json that does.
var bertClasses = []string{
	"BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast",
	"ElectraTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast",
	"RetriBertTokenizer", "RetriBertTokenizerFast", "PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend",
}

func (c *tokenizerConfig) unsupported(field, reason string) error {
	return &TokenizerError{Path: c.path, Field: field, Reason: reason, Kind: ErrTokenizerKind}
}

func (c *tokenizerConfig) conflict(field string, here, there any) error {
	return &TokenizerError{Path: c.path, Field: field, Kind: ErrTokenizerConflict, Reason: fmt.Sprintf(
		"is %v, tokenizer.json beside it says %v: correct the wrong one, or delete its file", here, there)}
}

// options are those of a folder without tokenizer.json.
func (c *tokenizerConfig) options(vocab []string) (TokenizerOptions, error) {
	opts := TokenizerOptions{
		Lowercase: c.DoLowerCase == nil || *c.DoLowerCase, StripAccents: c.StripAccents,
		KeepChineseWords: c.Chinese != nil && !*c.Chinese,
		CLS:              string(c.CLS), SEP: string(c.SEP), PAD: string(c.PAD), MASK: string(c.MASK), UNK: string(c.UNK),
	}
	if i := len(bertClasses) - 2; slices.Contains(bertClasses[i:], c.Class) {
		return opts, c.unsupported("tokenizer_class", fmt.Sprintf("is %q, which says what it does in tokenizer.json, and that file is missing: download it", c.Class))
	}
	extra := filepath.Join(filepath.Dir(c.path), addedTokensFile)
	var added map[string]int32
	if data, err := os.ReadFile(extra); err == nil {
		if err := unmarshalTokenizer(data, &added); err != nil {
			return opts, atPath(err, extra)
		}
	}
	byID := map[int32]AddedToken{}
	for content, id := range added {
		byID[id] = AddedToken{Content: content, Normalized: true}
	}
	for key, token := range c.Added {
		id, err := strconv.ParseInt(key, 10, 32)
		if err != nil {
			return opts, c.unsupported("added_tokens_decoder", fmt.Sprintf("the key %q is not an id", key))
		}
		if token.SingleWord {
			return opts, c.unsupported("added_tokens_decoder", singleWord(token.Content))
		}
		byID[int32(id)] = token.AddedToken
	}
	next := int32(len(vocab))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		token := byID[id]
		switch {
		case id >= 0 && int(id) < len(vocab) && vocab[id] == token.Content:
		case id == next:
			next++
		default:
			return opts, &TokenizerError{Path: c.path, Field: "added_tokens_decoder", Kind: ErrTokenizerConflict, Reason: fmt.Sprintf(
				"the token %q has id %d, which is neither its line in %s nor the next free id, %d", token.Content, id, vocabFile, next)}
		}
		opts.Added = append(opts.Added, token)
	}
	for _, word := range c.NeverSplit {
		if !slices.ContainsFunc(opts.Added, func(a AddedToken) bool { return a.Content == word }) {
			return opts, c.unsupported("never_split", fmt.Sprintf("lists %q, which is no added token: list it under added_tokens_decoder", word))
		}
	}
	return opts, nil
}

// complete fills in what a tokenizer.json cannot say: which tokens pad and mask.
func (c *tokenizerConfig) complete(opts *TokenizerOptions) error {
	opts.PAD, opts.MASK = string(c.PAD), string(c.MASK)
	for _, s := range []struct {
		field       string
		here, there string
	}{{"cls_token", string(c.CLS), opts.CLS}, {"sep_token", string(c.SEP), opts.SEP}, {"unk_token", string(c.UNK), opts.UNK}} {
		if s.here != "" && s.here != s.there {
			return c.conflict(s.field, strconv.Quote(s.here), strconv.Quote(s.there))
		}
	}
	return nil
}

// agrees compares what the file does say with what tokenizer.json says.
func (c *tokenizerConfig) agrees(opts TokenizerOptions) error {
	strip := opts.Lowercase
	if opts.StripAccents != nil {
		strip = *opts.StripAccents
	}
	for _, s := range []struct {
		field string
		here  *bool
		there bool
	}{
		{"do_lower_case", c.DoLowerCase, opts.Lowercase}, {"strip_accents", c.StripAccents, strip},
		{"tokenize_chinese_chars", c.Chinese, !opts.KeepChineseWords},
	} {
		if s.here != nil && *s.here != s.there {
			return c.conflict(s.field, *s.here, s.there)
		}
	}
	return nil
}

func singleWord(token string) string {
	return fmt.Sprintf("the token %q has single_word, which is not supported: add it without", token)
}
