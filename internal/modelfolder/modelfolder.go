// Package modelfolder names the files of a model's folder, in the hub's layout and in
// Google's, and finds those that exist in both under different names.
package modelfolder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a model's folder in the hub's layout.
const (
	ConfigFile          = "config.json"
	WeightsFile         = "model.safetensors"
	WeightsIndex        = "model.safetensors.index.json" // lists the shards of a large model
	VocabFile           = "vocab.txt"                    // one piece a line, in the order of their ids
	TokenizerFile       = "tokenizer.json"               // of Rust's tokenizers library
	TokenizerConfigFile = "tokenizer_config.json"
	AddedTokensFile     = "added_tokens.json"       // tokens outside the vocabulary; written by transformers 4
	SpecialTokensFile   = "special_tokens_map.json" // names of special tokens; written by transformers 4
)

// TokenizerFiles are the files of a tokenizer in the hub's layout.
var TokenizerFiles = []string{TokenizerFile, VocabFile, TokenizerConfigFile, SpecialTokensFile, AddedTokensFile}

// The files of a model as Google published it.
const (
	GoogleConfig     = "bert_config.json"
	GoogleCheckpoint = "bert_model.ckpt"     // prefix of a TensorFlow checkpoint's files
	SavedVariables   = "variables/variables" // prefix of a SavedModel's checkpoint
	SavedVocab       = "assets/vocab.txt"    // vocabulary of a SavedModel
)

// IsHub reports whether the weights of the model in dir are in the hub's layout:
// model.safetensors or the index of its shards.
func IsHub(dir string) bool {
	return IsFile(filepath.Join(dir, WeightsFile)) || IsFile(filepath.Join(dir, WeightsIndex))
}

// IsFile reports whether path is a regular file.
func IsFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// VocabPath returns the path of dir's vocabulary: vocab.txt, or assets/vocab.txt where
// dir holds only that.
func VocabPath(dir string) string {
	if saved := filepath.Join(dir, filepath.FromSlash(SavedVocab)); !IsFile(filepath.Join(dir, VocabFile)) && IsFile(saved) {
		return saved
	}
	return filepath.Join(dir, VocabFile)
}

// ConfigPath returns the path of dir's configuration: config.json, or bert_config.json
// where dir holds only that. ok is false where dir holds neither; path is then that of
// config.json.
func ConfigPath(dir string) (path string, ok bool) {
	path = filepath.Join(dir, ConfigFile)
	if google := filepath.Join(dir, GoogleConfig); !IsFile(path) && IsFile(google) {
		return google, true
	}
	_, err := os.Stat(path)
	return path, !errors.Is(err, fs.ErrNotExist)
}

// BaseName returns the name of the folder dir, which may be ".".
func BaseName(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return filepath.Base(dir)
}
