package tokenizers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

// classKind is what a tokenizer class of transformers takes from a folder's files.
type classKind int

const (
	// The zero value: neither tokenizer_config.json nor config.json names a class.
	// transformers takes tokenizer.json as it is.
	_ classKind = iota
	// bertClass: BertTokenizer and its aliases. transformers takes the vocabulary from
	// tokenizer.json or vocab.txt, and everything else from tokenizer_config.json and
	// from defaults.
	bertClass
	// fileClass: PreTrainedTokenizerFast and its aliases. transformers takes
	// tokenizer.json as it is, and needs it.
	fileClass
)

// fastClass is the class to which tokenizer.json alone matters.
const fastClass = "PreTrainedTokenizerFast"

// bertClasses are BertTokenizer and what transformers 5.24.0 loads as BertTokenizer.
var bertClasses = []string{
	"BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast",
	"ElectraTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast",
	"SqueezeBertTokenizer", "SqueezeBertTokenizerFast", "LayoutLMTokenizer", "LayoutLMTokenizerFast",
	"LxmertTokenizer", "LxmertTokenizerFast",
}

// fileClasses are the base class and its names in older versions.
var fileClasses = []string{fastClass, "PreTrainedTokenizer", "TokenizersBackend", "PythonBackend"}

// goneClasses were BertTokenizer under another name in transformers 4. transformers 5
// knows them no more: it takes tokenizer.json as it is, and fails without one.
var goneClasses = []string{"RetriBertTokenizer", "RetriBertTokenizerFast"}

// readClass finds the tokenizer class as transformers' AutoTokenizer does: the
// tokenizer_class of tokenizer_config.json, or else of config.json, or else that of the
// model_type in config.json. hasFull reports whether there is a tokenizer.json.
func (c *tokenizerConfig) readClass(hasFull bool) error {
	c.classPath = c.path
	if err := c.value("tokenizer_class", &c.class); err != nil {
		return err
	}
	path := filepath.Join(filepath.Dir(c.path), modelfolder.ConfigFile)
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := c.readModelConfig(path, data); err != nil {
			return err
		}
	}
	refuse := func(format string, args ...any) error {
		return &Error{Path: c.classPath, Field: "tokenizer_class", Kind: ErrUnsupported, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case c.class == "": // c.kind is set
	case slices.Contains(bertClasses, c.class), !hasFull && slices.Contains(goneClasses, c.class):
		c.kind = bertClass
	case slices.Contains(fileClasses, c.class), slices.Contains(goneClasses, c.class):
		c.kind = fileClass
		if !hasFull {
			return refuse("is %q, which says what it does in tokenizer.json, and that file is missing: add it to the folder", c.class)
		}
	default:
		return refuse("is %q, expected one of %q: lorabook computes no other tokenizer. Take a model with one of these, or correct the name", c.class, append(slices.Clone(bertClasses), fileClasses...))
	}
	return nil
}

// readModelConfig takes from config.json what is about the tokenizer.
func (c *tokenizerConfig) readModelConfig(path string, data []byte) error {
	model, err := parseObject(data)
	if err != nil {
		return atPath(err, path)
	}
	_ = json.Unmarshal(model.values["vocab_size"], &c.rows) // ReadConfig reports a wrong one
	if c.class != "" {
		return nil
	}
	c.classPath = path
	var kind string
	for name, into := range map[string]*string{"tokenizer_class": &c.class, "model_type": &kind} {
		if model.given(name) {
			if err := unmarshal(model.values[name], into); err != nil {
				return atField(err, path, name)
			}
		}
	}
	if kind == "bert" {
		c.kind = bertClass
	}
	return nil
}
