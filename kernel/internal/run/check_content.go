package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	fields "github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/splits"
)

// mostChecked is the size in bytes of the data that are read before the first cell runs. Larger
// data are read by the cells alone.
const mostChecked = 256 << 20

// checkContent opens the sample, or the data of a file or folder, so that a missing column or a
// bad row is reported before the first cell runs. If the notebook makes an experiment, checkContent
// also draws the examples: too large a number is reported. Paths are relative to dir.
func checkContent(dir string, s notebook.Settings, experiment bool) error {
	path := within(dir, s.Data)
	if s.Data == "" || data.IsIMDB(path) || sizeOf(path) > mostChecked {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		if s.Data != data.Sample {
			return nil // a known name
		}
		path = s.Data
	}
	config := splits.Config{
		Source: path, Train: s.Train, Validation: s.Validation, Test: s.Test, TestShare: s.TestShare,
		Columns: data.Columns{Text: s.Text, TextPair: s.TextPair, Label: s.Label, ID: s.ID, Split: s.Split}, BadRows: data.BadRows(s.BadRows),
		Delimiter: s.Delimiter, Header: data.Header(s.Header), Quotes: data.Quotes(s.Quotes), Encoding: s.Encoding, LabelSeparator: s.LabelSeparator,
		DropDuplicates: splits.Drop(s.DropDuplicates),
	}
	err := drawnOnce(config, s, experiment)
	var field *fields.FieldError
	if errors.As(err, &field) {
		switch name, _ := strings.CutPrefix(field.Field, "data."); name {
		case "train", "validation", "test":
			return wrong(name, "of the data %q %s", s.Data, field.Reason)
		}
	}
	if err != nil {
		return wrong("data", "is %q, which cannot be used: %v", s.Data, err)
	}
	return nil
}

// drawn are the examples that were drawn, so that several notebooks with the same data read them
// once.
var drawn sync.Map

func drawnOnce(config splits.Config, s notebook.Settings, experiment bool) error {
	seed := int64(max(s.Seed, 1))
	key := fmt.Sprintf("%+v %s %d %t", config, s.Task, seed, experiment)
	if _, known := drawn.Load(key); known {
		return nil
	}
	ctx := context.Background()
	config = config.WithDefaults(seed)
	set, err := config.Outline(ctx, data.Task(s.Task), nil)
	if err != nil {
		return err
	}
	if experiment {
		if _, err := config.ChooseFrom(ctx, set, seed); err != nil {
			return err
		}
	}
	drawn.Store(key, true)
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
