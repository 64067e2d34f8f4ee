package weights

import (
	"errors"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// OfAdapter returns an adapter's tensors, which are saved in the folder dir in PEFT's format. The
// adapter is on the model m, and has its labels.
func OfAdapter(a *lora.Adapter, dir string, m *bert.Model) Trained { return adapter{a, dir, m} }

// adapter saves an adapter in PEFT's format.
type adapter struct {
	*lora.Adapter
	dir   string
	model *bert.Model
}

func (l adapter) Counts() (trainable, all int, err error) {
	report, err := l.Report()
	return report.Trainable, report.All, err
}
func (l adapter) Save() error { return l.SaveTo(l.dir) }
func (l adapter) SaveTo(dir string) error {
	return l.inOrder(func() error { return l.Adapter.Save(dir) })
}
func (l adapter) Load() error {
	if recorded, err := lora.ReadLabels(l.dir); err != nil || recorded == nil { // a folder of a version that did not save the class names
		return errors.Join(err, l.Adapter.Load(l.dir))
	}
	return l.inOrder(func() error { return l.Adapter.Load(l.dir) })
}

// inOrder calls do with the classifier's rows in the order of the adapter's files.
func (l adapter) inOrder(do func() error) error {
	labels := l.model.Config.Labels
	if err := l.model.SetLabels(l.Labels()); err != nil {
		return err
	}
	return errors.Join(do(), l.model.SetLabels(labels))
}
func (l adapter) Finish() error { return nil }
func (l adapter) File() string  { return filepath.Join(l.dir, lora.TensorsFile) }

// WithoutChecksum returns all files of the adapter: they have PEFT's format, which has no checksums.
func (l adapter) WithoutChecksum() []string {
	files := []string{l.File(), filepath.Join(l.dir, lora.ConfigFile)}
	if labels := filepath.Join(l.dir, lora.LabelsFile); modelfolder.IsFile(labels) {
		files = append(files, labels)
	}
	return files
}
