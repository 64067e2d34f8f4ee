package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// OnlyFolder returns the folder with the files of an archive, which is often the only folder in dir,
// or in that one, and so on, beside files such as README.txt. For an evaluation, the folder of a half and
// one of numbered texts, pos/1.txt, are folders of a data set of one half or class.
func OnlyFolder(dir string, wanted Wanted) string {
	for {
		items, err := Visible(dir)
		if err != nil {
			return dir
		}
		inner := ""
		for _, item := range items {
			path := filepath.Join(dir, item.Name())
			switch {
			case IsFolder(path) && inner == "":
				inner = path
			case IsFolder(path), formats.Of(path) != "" && !accompanies(item.Name()):
				return dir
			}
		}
		if inner == "" || wanted.Evaluation && (halves.Of(filepath.Base(inner)) != "" || numberedTexts(inner)) {
			return dir
		}
		dir = inner
	}
}

// numberedTexts reports whether a folder has nothing but .txt files with numbers as names.
func numberedTexts(dir string) bool {
	items, err := Visible(dir)
	return err == nil && len(items) > 0 && !slices.ContainsFunc(items, func(item os.DirEntry) bool {
		stem, _, _ := strings.Cut(item.Name(), ".")
		return !IsText(item.Name()) || strings.Trim(stem, "0123456789_-") != ""
	})
}

// Unpacked returns the tables in the folder of an archive: those that [Tables] finds, or else one
// table of any name, or tables whose names contain the names of their halves, such as
// ReviewsTrain.csv and ReviewsTest.csv. Several other tables are an error. Notes and warnings are
// one sentence each.
func Unpacked(dir string, wanted Wanted) (tables []formats.Table, notes, warnings []string, err error) {
	items, err := Visible(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	var paths, others, unread, zips []string // others are .json and .txt files
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		switch {
		case IsFolder(path):
			if isSaved(path) || holdsTables(path) {
				unread = append(unread, path)
			}
		case IsZip(path):
			zips = append(zips, path)
		case formats.IsTable(path):
			paths = append(paths, path)
		case formats.Of(path) != "" && !accompanies(item.Name()):
			others = append(others, path)
		}
	}
	if len(paths) == 0 && len(unread) == 0 {
		paths = others
	}
	unread = append(unread, zips...)
	splits, _, err := splitsIn(dir)
	if err != nil || len(splits) > 0 || len(paths) == 0 || isSaved(dir) {
		tables, warnings, err = Tables(dir, wanted)
		return tables, nil, warnings, err
	}
	if len(unread) > 0 {
		warnings = append(warnings, unreadWarning(unread))
	}
	if len(paths) == 1 {
		return newTables("", paths), nil, warnings, nil
	}
	if tables, err = TablesOf(paths, wanted); err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	if tables[0].Half == "" && shardName.FindStringSubmatch(formats.Stem(paths[0])) == nil {
		return nil, nil, nil, fmt.Errorf("%s holds %d tables, %q, and their names do not say which half of one data set each is: unpack it, and open one of them, or several as a list",
			dir, len(paths), baseNames(paths))
	}
	return tables, []string{FilesNote(paths, tables)}, warnings, nil
}

// baseNames returns the names of files without their folders, of many the first ones.
func baseNames(paths []string) []string {
	const most = 12
	names := make([]string, min(len(paths), most))
	for i := range names {
		names[i] = filepath.Base(paths[i])
	}
	return names
}
