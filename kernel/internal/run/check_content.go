package run

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// mostChecked is the size in bytes of the data that are read before the first cell runs. Larger
// data are read by the cells alone.
const mostChecked = 256 << 20

// checkContent opens the data of a file or folder, so that a missing column or a bad row is
// reported before the first cell runs. Paths are relative to dir.
func checkContent(dir string, s notebook.Settings) error {
	path := within(dir, s.Data)
	if s.Data == "" || data.IsIMDB(path) || sizeOf(path) > mostChecked {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return nil // a known name
	}
	o := data.Opener{
		Columns: data.Columns{Text: s.Text, TextPair: s.TextPair, Label: s.Label, Split: s.Split},
		Task:    data.Task(s.Task), BadRows: data.BadRows(s.BadRows),
		Delimiter: s.Delimiter, Header: data.Header(s.Header), Quotes: data.Quotes(s.Quotes), Encoding: s.Encoding, LabelSeparator: s.LabelSeparator,
	}
	if err := openedOnce(o, path); err != nil {
		return wrong("data", "is %q, which cannot be used: %v", s.Data, err)
	}
	return nil
}

// checked are the data that were opened, so that several notebooks with the same data read them
// once.
var checked sync.Map

type checkedData struct {
	options string
	path    string
}

func openedOnce(o data.Opener, path string) error {
	key := checkedData{fmt.Sprintf("%+v", o), path}
	if _, known := checked.Load(key); known {
		return nil
	}
	if _, err := o.Open(context.Background(), path); err != nil {
		return err
	}
	checked.Store(key, true)
	return nil
}

// sizeOf returns the size of a file, or of all files in a folder.
func sizeOf(path string) (size int64) {
	_ = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}
