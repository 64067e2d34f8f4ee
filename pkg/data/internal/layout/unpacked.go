package layout

import (
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// onlyFolder returns the folder with the files of an archive, which is often the only folder in dir,
// or in that one, and so on, beside files such as README.txt. Where labels are read, the only folder is not
// one of the texts of a class. For an evaluation, the folder of a half that holds no data set of its own is
// not the only one either.
func onlyFolder(dir string, wanted Wanted) (string, error) {
	for {
		items, err := Visible(dir)
		if err != nil {
			return dir, err
		}
		inner := ""
		for _, item := range items {
			path := filepath.Join(dir, item.Name())
			switch {
			case IsFolder(path) && inner == "":
				inner = path
			case IsFolder(path), formats.Of(path) != "" && !accompanies(item.Name()):
				return dir, nil
			}
		}
		switch {
		case inner == "":
			return dir, nil
		case wanted.Evaluation && halves.Of(filepath.Base(inner)) != "" && !holdsSplits(inner):
			return dir, nil
		case wanted.TextsOnly || !isOneClass(inner):
		case wanted.Evaluation:
			return dir, nil
		default:
			return "", fmt.Errorf("%s holds the texts of one class, by the names of its files: expected a folder for each class, at least two; if each file is a class with one text a line, "+
				"unpack the archive and open the folder by its name", inner)
		}
		dir = inner
	}
}

// holdsSplits reports whether the names of the files or folders in a folder are those of halves.
func holdsSplits(dir string) bool {
	splits, _, err := splitsIn(dir)
	return err != nil || len(splits) > 0
}

// unpacked returns the tables in the folder of an archive: those that [Tables] finds, or else one
// table of any name, or tables whose names contain the names of their halves, such as
// ReviewsTrain.csv and ReviewsTest.csv. Several other tables are an error.
func unpacked(dir string, wanted Wanted) (found Found, err error) {
	items, err := Visible(dir)
	if err != nil {
		return found, err
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
	if len(paths) == 0 || isSaved(dir) || holdsSplits(dir) {
		found.Tables, found.Warnings, err = Tables(dir, wanted)
		return found, err
	}
	if len(unread) > 0 {
		found.Warnings = append(found.Warnings, unreadWarning(unread))
	}
	if len(paths) == 1 {
		found.Tables = newTables("", paths)
		return found, nil
	}
	if found.Tables, err = TablesOf(paths, wanted); err != nil {
		return found, fmt.Errorf("%s: %w", dir, err)
	}
	if found.Tables[0].Half == "" && shardName.FindStringSubmatch(formats.Stem(paths[0])) == nil {
		return found, fmt.Errorf("%s holds %d tables, %q, and their names do not say which half of one data set each is: unpack it, and open one of them, or several as a list",
			dir, len(paths), baseNames(paths))
	}
	found.Notes = []string{FilesNote(paths, found.Tables)}
	found.Warnings = append(found.Warnings, HalvesWarning(found.Tables)...)
	return found, nil
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
