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

// classKind says which files of a folder a tokenizer class of transformers reads.
type classKind int

const (
	// The zero value: no file names a class. transformers takes tokenizer.json as it is.
	_ classKind = iota
	// bertClass: BertTokenizer and its aliases. transformers reads the vocabulary from
	// tokenizer.json or vocab.txt, and everything else from tokenizer_config.json, with
	// defaults for missing fields.
	bertClass
	// fileClass: PreTrainedTokenizerFast and its aliases. transformers takes
	// tokenizer.json as it is, and needs it.
	fileClass
)

// fastClass is the class that reads tokenizer.json alone.
const fastClass = "PreTrainedTokenizerFast"

// bertClasses holds the names that transformers 5.24.0 loads as BertTokenizer.
var bertClasses = []string{
	"BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer", "DistilBertTokenizerFast",
	"ElectraTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast",
	"SqueezeBertTokenizer", "SqueezeBertTokenizerFast", "LayoutLMTokenizer", "LayoutLMTokenizerFast",
	"LxmertTokenizer", "LxmertTokenizerFast",
}

// fileClasses holds the base class and its names in older versions.
var fileClasses = []string{fastClass, "PreTrainedTokenizer", "TokenizersBackend", "PythonBackend"}

// removedClasses holds the aliases of BertTokenizer that transformers 5 removed: it takes
// their tokenizer.json as it is, and fails without one.
var removedClasses = []string{"RetriBertTokenizer", "RetriBertTokenizerFast"}

// readClass finds the tokenizer class as transformers' AutoTokenizer does: tokenizer_class
// of tokenizer_config.json, else of config.json, else the class for config.json's
// model_type. hasFull reports whether the folder has a tokenizer.json.
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
	case slices.Contains(bertClasses, c.class), !hasFull && slices.Contains(removedClasses, c.class):
		c.kind = bertClass
	case slices.Contains(fileClasses, c.class), slices.Contains(removedClasses, c.class):
		c.kind = fileClass
		if !hasFull {
			return refuse("is %q, which needs tokenizer.json, expected that file in the folder: add it", c.class)
		}
	default:
		return refuse("is %q, expected one of %q: no other tokenizer is computed. Use a model with one of these, or correct the name", c.class, append(slices.Clone(bertClasses), fileClasses...))
	}
	return nil
}

// readModelConfig reads the fields of config.json that concern the tokenizer.
func (c *tokenizerConfig) readModelConfig(path string, data []byte) error {
	model, err := parseObject(data)
	if err != nil {
		return atPath(err, path)
	}
	_ = json.Unmarshal(model.values["vocab_size"], &c.rows) // bert.ReadConfig reports an invalid value
	if c.class != "" {
		return nil
	}
	c.classPath = path
	var kind string
	var problems []error
	for _, f := range []struct {
		name string
		into *string
	}{{"tokenizer_class", &c.class}, {"model_type", &kind}} {
		if model.given(f.name) {
			problems = append(problems, atField(unmarshal(model.values[f.name], f.into), path, f.name))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if kind == "bert" {
		c.kind = bertClass
	}
	return nil
}
