package tokenizers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

// tokenizerConfig is tokenizer_config.json, and what the files beside it say about
// the same things. Source: transformers' BertTokenizer and AutoTokenizer.
type tokenizerConfig struct {
	path     string     // of tokenizer_config.json, which may be missing
	fields   jsonObject // as they are in the file
	caseFrom string     // the name that decided DoLowerCase; "" where a file or nothing did

	class     string // of transformers; "" where no file names one
	classPath string // the file that names it
	kind      classKind
	rows      int // vocab_size of config.json; 0 where there is none

	DoLowerCase  *bool    // do_lower_case
	StripAccents *bool    // strip_accents
	Chinese      *bool    // tokenize_chinese_chars
	NeverSplit   []string // never_split

	tokens tokenFields
}

// readTokenizerConfig reads the tokenizer_config.json of a folder and the files
// beside it, except for the vocabulary and tokenizer.json. Missing files say nothing.
// hasFull reports whether there is a tokenizer.json.
func readTokenizerConfig(dir string, hasFull bool) (*tokenizerConfig, error) {
	c := &tokenizerConfig{path: filepath.Join(dir, modelfolder.TokenizerConfigFile)}
	data, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = []byte("{}"), nil
	}
	if err != nil {
		return nil, err
	}
	if c.fields, err = parseObject(data); err != nil {
		return nil, atPath(err, c.path)
	}
	if err := c.readClass(hasFull); err != nil {
		return nil, err
	}
	if err := c.checkFields(); err != nil {
		return nil, err
	}
	for name, into := range map[string]any{
		"do_lower_case": &c.DoLowerCase, "strip_accents": &c.StripAccents,
		"tokenize_chinese_chars": &c.Chinese, "never_split": &c.NeverSplit,
	} {
		if err := c.value(name, into); err != nil {
			return nil, err
		}
	}
	if err := c.readTokens(dir); err != nil {
		return nil, err
	}
	return c, nil
}

// value decodes a field of tokenizer_config.json that is there and not null.
func (c *tokenizerConfig) value(name string, into any) error {
	if !c.fields.given(name) {
		return nil
	}
	return atField(unmarshal(c.fields.values[name], into), c.path, name)
}

// atField notes the file and the field that a *Error is about.
func atField(err error, path, field string) error {
	if te := (*Error)(nil); errors.As(err, &te) && te.Field == "" {
		te.Field = field
	}
	return atPath(err, path)
}

func (c *tokenizerConfig) unsupported(field, reason string) error {
	return &Error{Path: c.path, Field: field, Reason: reason, Kind: ErrUnsupported}
}

func (c *tokenizerConfig) conflict(field string, here, there any) error {
	return &Error{Path: c.path, Field: field, Kind: ErrConflict, Reason: fmt.Sprintf(
		"is %v, tokenizer.json beside it says %v: correct the wrong one, or delete its file", here, there)}
}

// options are those of a folder without tokenizer.json.
func (c *tokenizerConfig) options(v pieceVocab) (Options, error) {
	opts := Options{
		Lowercase: c.DoLowerCase == nil || *c.DoLowerCase, StripAccents: c.StripAccents,
		KeepChineseWords: c.Chinese != nil && !*c.Chinese,
	}
	if err := c.nameSpecials(&opts); err != nil {
		return opts, err
	}
	if err := c.addTokens(&opts, v, nil, false); err != nil {
		return opts, err
	}
	for _, word := range c.NeverSplit {
		if !slices.ContainsFunc(opts.Added, func(a AddedToken) bool { return a.Content == word }) {
			return opts, c.unsupported("never_split", fmt.Sprintf("lists %q, which is no added token: list it under added_tokens_decoder", word))
		}
	}
	return opts, nil
}

// complete fills in, or replaces, what tokenizer.json does not decide for the class:
// which tokens pad and mask, and for BertTokenizer everything but the vocabulary. What
// the two files contradict each other about is an error.
func (c *tokenizerConfig) complete(opts *Options, v pieceVocab, added []fileToken) error {
	file := *opts
	if err := c.nameSpecials(opts); err != nil {
		return err
	}
	for _, s := range []struct {
		field       string
		here, there string
	}{{"cls_token", opts.CLS, file.CLS}, {"sep_token", opts.SEP, file.SEP}, {"unk_token", opts.UNK, file.UNK}} {
		switch _, given := c.tokens.named[s.field]; {
		case s.here == s.there:
		case given:
			return c.conflict(s.field, strconv.Quote(s.here), strconv.Quote(s.there))
		case c.kind == bertClass:
			return c.ignored(s.field, "is not given, which means "+strconv.Quote(s.here), "says "+strconv.Quote(s.there))
		}
	}
	opts.CLS, opts.SEP, opts.UNK = file.CLS, file.SEP, file.UNK
	if err := c.agrees(opts); err != nil {
		return err
	}
	return c.addTokens(opts, v, added, true)
}

// agrees compares tokenizer_config.json with the normalizer, the model and the decoder
// of tokenizer.json.
func (c *tokenizerConfig) agrees(opts *Options) error {
	if c.kind == fileClass {
		return nil
	}
	for _, s := range []struct {
		field  string
		here   *bool
		absent bool // what BertTokenizer takes where the field is missing
		there  bool
	}{
		{"do_lower_case", c.DoLowerCase, true, opts.Lowercase},
		{"strip_accents", c.StripAccents, opts.Lowercase, opts.strips()},
		{"tokenize_chinese_chars", c.Chinese, true, !opts.KeepChineseWords},
	} {
		switch {
		case s.here != nil && *s.here != s.there:
			return c.conflict(s.field, *s.here, s.there)
		case s.here == nil && c.kind == bertClass && s.absent != s.there:
			return c.ignored(s.field, fmt.Sprintf("is not given, which means %v", s.absent), fmt.Sprintf("says %v", s.there))
		}
	}
	if c.kind != bertClass {
		return nil
	}
	for _, s := range []struct {
		field         string
		differs       bool
		found, always any
	}{
		{"normalizer.clean_text", opts.KeepControls, false, true},
		{"model.continuing_subword_prefix", opts.Prefix != "##", strconv.Quote(opts.Prefix), strconv.Quote("##")},
		{"model.max_input_chars_per_word", opts.MaxWordRunes != maxWordRunes, opts.MaxWordRunes, maxWordRunes},
	} {
		if s.differs {
			return &Error{Path: filepath.Join(filepath.Dir(c.path), modelfolder.TokenizerFile), Field: s.field, Kind: ErrConflict, Reason: fmt.Sprintf(
				"is %v, but transformers' BertTokenizer ignores it and takes %v: %s, or correct the value", s.found, s.always, c.asFile())}
		}
	}
	opts.KeepSpaces = false // so does BertTokenizer
	return nil
}

// ignored is the error for a setting of tokenizer.json that BertTokenizer replaces by a
// default.
func (c *tokenizerConfig) ignored(field, here, there string) error {
	return &Error{Path: c.path, Field: field, Kind: ErrConflict, Reason: fmt.Sprintf(
		"%s to transformers' BertTokenizer, but tokenizer.json beside it %s: %s, or write %s here as the model was trained and correct tokenizer.json",
		here, there, c.asFile(), field)}
}

// asFile is the remedy where tokenizer.json is right and its class ignores it.
func (c *tokenizerConfig) asFile() string {
	return fmt.Sprintf("write {\"tokenizer_class\": %q} into %s where tokenizer.json is right", fastClass, modelfolder.TokenizerConfigFile)
}

func singleWord(token string) string {
	return fmt.Sprintf("the token %q has single_word, which is not supported: add it without", token)
}

// kept are the fields of tokenizer_config.json that a saved tokenizer takes along.
func (c *tokenizerConfig) kept() map[string]json.RawMessage {
	kept := map[string]json.RawMessage{}
	for name, value := range c.fields.values {
		if !slices.Contains(privateFields, name) {
			kept[name] = value
		}
	}
	for name, value := range c.tokens.moved {
		kept[name] = value
	}
	return kept
}

// privateFields are about the place that a tokenizer was opened from; transformers
// does not save them either.
var privateFields = []string{"name_or_path", "special_tokens_map_file", "tokenizer_file", "vocab_file", "device_map", "slow_tokenizer_class", "files_loaded", "init_inputs"}
