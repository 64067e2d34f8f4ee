package googlebert

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/internal/tfcheckpoint"
)

// Release is a model as Google published it. Its weights are a TensorFlow checkpoint:
// bert_model.ckpt.* beside bert_config.json and vocab.txt (the releases of 2018 to 2020),
// or the variables of a SavedModel.
type Release struct {
	dir    string
	prefix string // of the checkpoint's files
}

// Find looks for a checkpoint in a folder without safetensors: bert_model.ckpt, else the
// only other checkpoint in the folder, else a SavedModel's variables. The error matches
// fs.ErrNotExist if the folder holds none.
func Find(dir string) (*Release, error) {
	none := fmt.Errorf("%s holds no TensorFlow checkpoint: %w", dir, fs.ErrNotExist)
	if modelfolder.IsHub(dir) {
		return nil, none
	}
	release := func(prefix string) (r *Release, exists bool) {
		prefix = filepath.Join(dir, filepath.FromSlash(prefix))
		return &Release{dir, prefix}, modelfolder.IsFile(prefix + tfcheckpoint.IndexSuffix)
	}
	if r, exists := release(modelfolder.GoogleCheckpoint); exists {
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
		return nil, fmt.Errorf("%s holds %d checkpoints (%s), expected one: move the others to another folder", dir, len(found), strings.Join(found, ", "))
	}
	for _, prefix := range append(found, modelfolder.SavedVariables) {
		if r, exists := release(prefix); exists {
			return r, nil
		}
	}
	return nil, none
}
