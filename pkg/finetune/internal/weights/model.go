package weights

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/variables"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// BestFile, in checkpoints/, contains the best weights of Full until they are saved as model/.
const BestFile = "best.safetensors"

// wholeModel saves all weights of a model: in one file during the training, and as a model in
// the hub's layout at the end.
type wholeModel struct {
	tensors
	model  *bert.Model
	folder *runfolder.Folder
}

// OfModel makes every weight trainable, and returns all weights, which are saved in the run folder.
func OfModel(m *bert.Model, base Base, folder *runfolder.Folder) Trained {
	return wholeModel{newTensors(m, base, func(string) bool { return true }), m, folder}
}

func (l wholeModel) best() string            { return l.folder.Path(runfolder.CheckpointsDir, BestFile) }
func (l wholeModel) Save() error             { return l.write(l.best()) }
func (l wholeModel) SaveTo(dir string) error { return l.model.Save(dir) }
func (l wholeModel) Load() error {
	if _, err := os.Stat(l.best()); errors.Is(err, fs.ErrNotExist) {
		return variables.Read(l.File(), l.variables)
	}
	return variables.Read(l.best(), l.variables)
}

// WithoutChecksum returns the files of model/ except the weights.
func (l wholeModel) WithoutChecksum() []string {
	dir := l.folder.Path(runfolder.ModelDir)
	var files []string
	for name, kind := range bert.Files(dir) {
		if kind != bert.WeightFiles {
			files = append(files, filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	return files
}

func (l wholeModel) File() string { return l.folder.Path(runfolder.ModelDir, "model.safetensors") }

// Finish writes the best weights to model/ and replaces the model of an earlier training. It does
// nothing if this is already done.
func (l wholeModel) Finish() error {
	if _, err := os.Stat(l.best()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := l.Load(); err != nil {
		return err
	}
	if err := os.RemoveAll(l.folder.Path(runfolder.ModelDir)); err != nil {
		return err
	}
	if err := l.model.Save(l.folder.Path(runfolder.ModelDir)); err != nil {
		return err
	}
	return os.Remove(l.best())
}
