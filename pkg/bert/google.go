package bert

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/tfcheckpoint"
)

// release is a model as Google published it: its weights are a checkpoint of
// TensorFlow, either bert_model.ckpt.* beside bert_config.json and vocab.txt (the
// releases of 2018 to 2020), or the variables of a SavedModel.
type release struct {
	dir    string
	prefix string // of the checkpoint's files
}

const (
	googleConfig     = "bert_config.json"
	googleCheckpoint = "bert_model.ckpt"
	savedVariables   = "variables/variables" // of a SavedModel
	savedVocab       = "assets/vocab.txt"
)

// findRelease looks for a checkpoint in a folder without safetensors: bert_model.ckpt,
// else the only other one beside it, else a SavedModel's variables. The error is an
// fs.ErrNotExist where there is none.
func findRelease(dir string) (*release, error) {
	none := fmt.Errorf("%s holds no checkpoint of TensorFlow: %w", dir, fs.ErrNotExist)
	if isHub(dir) {
		return nil, none
	}
	at := func(prefix string) (*release, bool) {
		prefix = filepath.Join(dir, filepath.FromSlash(prefix))
		return &release{dir, prefix}, isFile(prefix + tfcheckpoint.IndexSuffix)
	}
	if r, ok := at(googleCheckpoint); ok {
		return r, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), tfcheckpoint.IndexSuffix); ok && strings.Contains(name, ".ckpt") {
			found = append(found, name)
		}
	}
	if len(found) > 1 {
		return nil, fmt.Errorf("%s holds %d checkpoints (%s), expected one: give a folder with the one that is meant", dir, len(found), strings.Join(found, ", "))
	}
	for _, prefix := range append(found, savedVariables) {
		if r, ok := at(prefix); ok {
			return r, nil
		}
	}
	return nil, none
}

// isHub reports whether a folder's weights are in the hub's layout.
func isHub(dir string) bool {
	return isFile(filepath.Join(dir, weightsFile)) || isFile(filepath.Join(dir, weightsIndex))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// vocabPath is where the vocabulary of a model's folder lies, or should.
func vocabPath(dir string) string {
	if saved := filepath.Join(dir, filepath.FromSlash(savedVocab)); !isFile(filepath.Join(dir, vocabFile)) && isFile(saved) {
		return saved
	}
	return filepath.Join(dir, vocabFile)
}

// configPath is the file that describes a model's folder: config.json, or the name
// that Google gave it. ok is false where there is neither; path is the first then.
func configPath(dir string) (path string, ok bool) {
	path = filepath.Join(dir, "config.json")
	if google := filepath.Join(dir, googleConfig); !isFile(path) && isFile(google) {
		return google, true
	}
	_, err := os.Stat(path)
	return path, !errors.Is(err, fs.ErrNotExist)
}
