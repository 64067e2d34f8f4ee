package weights

import (
	"path/filepath"

	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// withEncoding saves, beside the trained tensors, how the training read its examples.
type withEncoding struct {
	Trained
	record encoding.Record
	dir    string // the folder of the trained tensors, once they are in their final place
	late   bool   // the folder is made at the end of the training
}

// WithEncoding returns tensors that are saved with a record of the training's encoding. dir is the
// folder of the tensors in their final place; late means that it is made at the end of the training.
func WithEncoding(t Trained, record encoding.Record, dir string, late bool) Trained {
	return withEncoding{t, record, dir, late}
}

func (l withEncoding) Save() error {
	if err := l.Trained.Save(); err != nil || l.late {
		return err
	}
	return l.record.Write(l.dir)
}

func (l withEncoding) SaveTo(dir string) error {
	if err := l.Trained.SaveTo(dir); err != nil {
		return err
	}
	return l.record.Write(dir)
}

func (l withEncoding) Finish() error {
	if err := l.Trained.Finish(); err != nil || !l.late {
		return err
	}
	return l.record.Write(l.dir)
}

func (l withEncoding) WithoutChecksum() []string {
	files := l.Trained.WithoutChecksum()
	if path := filepath.Join(l.dir, encoding.RecordFile); modelfolder.IsFile(path) {
		files = append(files, path)
	}
	return files
}
