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

// release is a model as Google published it: its weights are a checkpoint of
// TensorFlow, either bert_model.ckpt.* beside bert_config.json and vocab.txt (the
// releases of 2018 to 2020), or the variables of a SavedModel.
type release struct {
	Dir    string
	Prefix string // of the checkpoint's files
}

// FindRelease looks for a checkpoint in a folder without safetensors: bert_model.ckpt,
// else the only other one beside it, else a SavedModel's variables. The error is an
// fs.ErrNotExist where there is none.
func FindRelease(dir string) (*release, error) {
	none := fmt.Errorf("%s holds no checkpoint of TensorFlow: %w", dir, fs.ErrNotExist)
	if modelfolder.IsHub(dir) {
		return nil, none
	}
	at := func(prefix string) (*release, bool) {
		prefix = filepath.Join(dir, filepath.FromSlash(prefix))
		return &release{dir, prefix}, modelfolder.IsFile(prefix + tfcheckpoint.IndexSuffix)
	}
	if r, ok := at(modelfolder.GoogleCheckpoint); ok {
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
	for _, prefix := range append(found, modelfolder.SavedVariables) {
		if r, ok := at(prefix); ok {
			return r, nil
		}
	}
	return nil, none
}
