package bert

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a model's folder in the hub's layout.
const (
	configFile          = "config.json"
	weightsFile         = "model.safetensors"
	weightsIndex        = "model.safetensors.index.json" // lists the shards of a large model
	vocabFile           = "vocab.txt"                    // one piece a line, in the order of their ids
	tokenizerFile       = "tokenizer.json"               // of Rust's tokenizers library
	tokenizerConfigFile = "tokenizer_config.json"
	addedTokensFile     = "added_tokens.json"       // tokens outside the vocabulary; written by transformers 4
	specialTokensFile   = "special_tokens_map.json" // names of special tokens; written by transformers 4
)

// The files of a model as Google published it.
const (
	googleConfig     = "bert_config.json"
	googleCheckpoint = "bert_model.ckpt"     // prefix of a TensorFlow checkpoint's files
	savedVariables   = "variables/variables" // prefix of a SavedModel's checkpoint
	savedVocab       = "assets/vocab.txt"    // vocabulary of a SavedModel
)

// isHub reports whether the weights of the model in dir are in the hub's layout:
// model.safetensors or the index of its shards.
func isHub(dir string) bool {
	return isFile(filepath.Join(dir, weightsFile)) || isFile(filepath.Join(dir, weightsIndex))
}

// isFile reports whether path is a regular file.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// vocabPath returns the path of dir's vocabulary: vocab.txt, or assets/vocab.txt where
// dir holds only that.
func vocabPath(dir string) string {
	if saved := filepath.Join(dir, filepath.FromSlash(savedVocab)); !isFile(filepath.Join(dir, vocabFile)) && isFile(saved) {
		return saved
	}
	return filepath.Join(dir, vocabFile)
}

// configPath returns the path of dir's configuration: config.json, or bert_config.json
// where dir holds only that. ok is false where dir holds neither; path is then that of
// config.json.
func configPath(dir string) (path string, ok bool) {
	path = filepath.Join(dir, configFile)
	if google := filepath.Join(dir, googleConfig); !isFile(path) && isFile(google) {
		return google, true
	}
	_, err := os.Stat(path)
	return path, !errors.Is(err, fs.ErrNotExist)
}

// baseName returns the name of the folder dir, which may be ".".
func baseName(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return filepath.Base(dir)
}
