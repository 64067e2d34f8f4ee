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

// tokenizerConfig holds the settings of tokenizer_config.json and of the files beside it
// that supplement it. Source: transformers' BertTokenizer and AutoTokenizer.
type tokenizerConfig struct {
	path     string     // of tokenizer_config.json, which may be missing
	fields   jsonObject // of tokenizer_config.json, unchanged
	caseFrom string     // folder's name that decided DoLowerCase; "" if a file or nothing did

	class     string // tokenizer class of transformers; "" if no file names one
	classPath string // file that names the class
	kind      classKind
	rows      int // vocab_size of config.json; 0 if missing

	DoLowerCase  *bool    // do_lower_case
	StripAccents *bool    // strip_accents
	Chinese      *bool    // tokenize_chinese_chars
	NeverSplit   []string // never_split

	tokens tokenFields
}

// readTokenizerConfig reads a folder's tokenizer_config.json and the files beside it, except
// for the vocabulary and tokenizer.json. Each of them may be missing. hasFull reports
// whether the folder has a tokenizer.json.
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
	if err := errors.Join(
		c.readClass(hasFull),
		c.checkFields(),
		c.value("do_lower_case", &c.DoLowerCase),
		c.value("strip_accents", &c.StripAccents),
		c.value("tokenize_chinese_chars", &c.Chinese),
		c.value("never_split", &c.NeverSplit),
		c.readTokens(dir),
	); err != nil {
		return nil, err
	}
	return c, nil
}

// value decodes a field of tokenizer_config.json into a variable, unless the field is missing
// or null.
func (c *tokenizerConfig) value(name string, into any) error {
	if !c.fields.given(name) {
		return nil
	}
	return atField(unmarshal(c.fields.values[name], into), c.path, name)
}

func (c *tokenizerConfig) unsupported(field, reason string) error {
	return &Error{Path: c.path, Field: field, Reason: reason, Kind: ErrUnsupported}
}

func (c *tokenizerConfig) conflict(field string, here, there any) error {
	return &Error{Path: c.path, Field: field, Kind: ErrConflict, Reason: fmt.Sprintf(
		"is %v, but tokenizer.json beside it says %v, expected the same: correct the wrong one, or delete its file", here, there)}
}

// options returns the settings for a folder without tokenizer.json.
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
	var problems []error
	for _, word := range c.NeverSplit {
		if !slices.ContainsFunc(opts.Added, func(a AddedToken) bool { return a.Content == word }) {
			problems = append(problems, c.unsupported("never_split", fmt.Sprintf("lists %q, expected added tokens: list it under added_tokens_decoder", word)))
		}
	}
	return opts, errors.Join(problems...)
}

// complete sets the options that tokenizer.json does not decide for the class: the padding
// and the mask token, and for BertTokenizer everything but the vocabulary. An option for
// which the two files contradict each other is an error.
func (c *tokenizerConfig) complete(opts *Options, v pieceVocab, added []fileToken) error {
	file := *opts
	if err := c.nameSpecials(opts); err != nil {
		return err
	}
	var problems []error
	for _, s := range []struct {
		field       string
		here, there string
	}{{"cls_token", opts.CLS, file.CLS}, {"sep_token", opts.SEP, file.SEP}, {"unk_token", opts.UNK, file.UNK}} {
		switch _, given := c.tokens.named[s.field]; {
		case s.here == s.there:
		case given:
			problems = append(problems, c.conflict(s.field, strconv.Quote(s.here), strconv.Quote(s.there)))
		case c.kind == bertClass:
			problems = append(problems, c.ignored(s.field, "is missing, which means "+strconv.Quote(s.here), "says "+strconv.Quote(s.there)))
		}
	}
	opts.CLS, opts.SEP, opts.UNK = file.CLS, file.SEP, file.UNK
	if err := errors.Join(append(problems, c.agrees(opts))...); err != nil {
		return err
	}
	return c.addTokens(opts, v, added, true)
}

// agrees compares tokenizer_config.json with the normalizer, the model and the decoder of
// tokenizer.json.
func (c *tokenizerConfig) agrees(opts *Options) error {
	if c.kind == fileClass {
		return nil
	}
	var problems []error
	for _, s := range []struct {
		field  string
		here   *bool
		absent bool // BertTokenizer's value for a missing field
		there  bool
	}{
		{"do_lower_case", c.DoLowerCase, true, opts.Lowercase},
		{"strip_accents", c.StripAccents, opts.Lowercase, opts.stripsAccents()},
		{"tokenize_chinese_chars", c.Chinese, true, !opts.KeepChineseWords},
	} {
		switch {
		case s.here != nil && *s.here != s.there:
			problems = append(problems, c.conflict(s.field, *s.here, s.there))
		case s.here == nil && c.kind == bertClass && s.absent != s.there:
			problems = append(problems, c.ignored(s.field, fmt.Sprintf("is missing, which means %v", s.absent), fmt.Sprintf("says %v", s.there)))
		}
	}
	if c.kind != bertClass {
		return errors.Join(problems...)
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
			problems = append(problems, &Error{Path: filepath.Join(filepath.Dir(c.path), modelfolder.TokenizerFile), Field: s.field, Kind: ErrConflict, Reason: fmt.Sprintf(
				"is %v, expected %v, since transformers' BertTokenizer ignores the field and uses %[2]v: %[3]s, or correct the value", s.found, s.always, c.asFile())})
		}
	}
	opts.KeepSpaces = false // as BertTokenizer
	return errors.Join(problems...)
}

// ignored returns the error for a setting of tokenizer.json that BertTokenizer replaces by a
// default.
func (c *tokenizerConfig) ignored(field, here, there string) error {
	return &Error{Path: c.path, Field: field, Kind: ErrConflict, Reason: fmt.Sprintf(
		"%s to transformers' BertTokenizer, but tokenizer.json beside it %s: %s; or write %s here, with the value that the model was trained with, and correct tokenizer.json",
		here, there, c.asFile(), field)}
}

// asFile returns the remedy for a tokenizer.json that is right and that the class ignores.
func (c *tokenizerConfig) asFile() string {
	return fmt.Sprintf("write {\"tokenizer_class\": %q} into %s if tokenizer.json is right", fastClass, modelfolder.TokenizerConfigFile)
}

func singleWord(token string) string {
	return fmt.Sprintf("the token %q has single_word, which is not supported, expected false: remove the field", token)
}

// kept returns the fields of tokenizer_config.json that a saved tokenizer keeps.
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

// privateFields holds the fields that describe where a tokenizer was opened from.
// transformers does not save them either.
var privateFields = []string{"name_or_path", "special_tokens_map_file", "tokenizer_file", "vocab_file", "device_map", "slow_tokenizer_class", "files_loaded", "init_inputs"}
