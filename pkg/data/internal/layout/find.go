package layout

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// Found are the files of a data set. Notes and warnings are one sentence each.
type Found struct {
	Tables          []formats.Table
	Notes, Warnings []string
}

// Folder finds the files of the data set in a folder: texts whose classes are the names of folders or
// files, or files whose names have the halves as words, or else the files of [Tables].
func Folder(dir string, wanted Wanted) (Found, error) {
	return wanted.find(func(w Wanted) (Found, error) {
		if found, err := classes(dir, w); err != nil || len(found.Tables) > 0 {
			return found, err
		}
		if !tablesBelow(dir) {
			if found, err := namedTables(dir, w); err != nil || len(found.Tables) > 0 {
				return found, err
			}
		}
		tables, warnings, err := Tables(dir, w)
		return Found{Tables: tables, Warnings: warnings}, err
	})
}

// Archive finds the files of the data set in the folder of an archive.
func Archive(dir string, wanted Wanted) (Found, error) {
	return wanted.find(func(w Wanted) (Found, error) {
		only, err := onlyFolder(dir, w)
		if err != nil {
			return Found{}, err
		}
		found, err := classes(only, w)
		if err != nil {
			return found, err
		}
		if len(found.Tables) == 0 {
			return unpacked(only, w)
		}
		if only != dir && !w.TextsOnly {
			found.Warnings = append(found.Warnings, numberedWarning(only)...)
		}
		return found, nil
	})
}

// find finds the files for an evaluation as for a training, so that both read the same of a data set. Only
// where that finds no training examples, less is required of the files.
func (w Wanted) find(find func(Wanted) (Found, error)) (Found, error) {
	if w.Evaluation {
		training := w
		training.Evaluation = false
		if found, err := find(training); err == nil && slices.ContainsFunc(found.Tables, mayTrain) {
			return found, nil
		}
	}
	return find(w)
}

// mayTrain reports whether a training may have examples of a file.
func mayTrain(t formats.Table) bool { return t.Half == halves.Train || t.Half == "" }
