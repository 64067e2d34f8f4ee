package finetune

import (
	"path/filepath"

	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// learnedWithEncoding saves, beside the trained tensors, how the training read its examples.
type learnedWithEncoding struct {
	learned
	record encoding.Record
	dir    string // the folder of the trained tensors, once they are in their final place
	late   bool   // the folder is made at the end of the training
}

// recordEncoding makes the network save its encoding beside the trained tensors, unless it is the
// default.
func (r *Run) recordEncoding(n *network) {
	record := encoding.RecordOf(n.input)
	if record.IsZero() {
		return
	}
	l := learnedWithEncoding{learned: n.learned, record: record}
	switch r.Experiment.Method {
	case HeadOnly:
		l.dir = r.Folder.Path(runfolder.HeadDir)
	case Full:
		l.dir, l.late = r.Folder.Path(runfolder.ModelDir), true
	default:
		l.dir = r.Folder.Path(runfolder.AdapterDir)
	}
	n.learned = l
}

func (l learnedWithEncoding) save() error {
	if err := l.learned.save(); err != nil || l.late {
		return err
	}
	return l.record.Write(l.dir)
}

func (l learnedWithEncoding) finish() error {
	if err := l.learned.finish(); err != nil || !l.late {
		return err
	}
	return l.record.Write(l.dir)
}

func (l learnedWithEncoding) withoutChecksum() []string {
	files := l.learned.withoutChecksum()
	if path := filepath.Join(l.dir, encoding.RecordFile); modelfolder.IsFile(path) {
		files = append(files, path)
	}
	return files
}
