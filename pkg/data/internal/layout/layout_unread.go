package layout

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// Visible lists a folder, sorted by name, without the names that begin with a dot: desktop
// programs and version control keep their own files under such names.
func Visible(dir string) ([]fs.DirEntry, error) {
	items, err := os.ReadDir(dir)
	return slices.DeleteFunc(items, func(item fs.DirEntry) bool { return Hidden(item.Name()) }), err
}

// Hidden reports whether a name begins with a dot.
func Hidden(name string) bool { return strings.HasPrefix(name, ".") }

// The extensions of data files in formats that are not read.
var (
	compressedExtensions = []string{".gz", ".zst", ".bz2", ".xz", ".zip", ".lz4"}
	otherExtensions      = []string{".tsv", ".orc", ".avro", ".xls", ".xlsx"}
)

// AmbiguousExtensions are those of tables that other files have too.
var AmbiguousExtensions = []string{".json", ".txt"}

// IsZip reports whether a file is a zip archive by its name.
func IsZip(name string) bool { return strings.EqualFold(filepath.Ext(name), ".zip") }

// zipError is the error of a zip archive in a folder, a pattern or a list.
func zipError(path string) error {
	return fmt.Errorf("%s is a zip archive, which is read only if it is opened by its name alone: unpack it, or compress its file with gzip (train.csv.gz)", path)
}

// LooksLikeData reports whether a name is that of a table in a format that is not read, such as
// test.csv.lz4, test.xlsx or test.json, or that of a zip archive, which may hold one.
func LooksLikeData(name string) bool {
	if IsZip(name) {
		return true
	}
	name = strings.ToLower(name)
	if slices.Contains(compressedExtensions, filepath.Ext(name)) {
		name = strings.TrimSuffix(name, filepath.Ext(name))
	}
	ending := filepath.Ext(name)
	if formats.IsTable(name) || slices.Contains(otherExtensions, ending) {
		return true
	}
	word := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.Contains(AmbiguousExtensions, ending) && halves.Of(word[0]) != ""
}

// holdsTables reports whether path is a folder that directly contains tables.
func holdsTables(path string) bool {
	items, err := Visible(path)
	return err == nil && slices.ContainsFunc(items, func(item fs.DirEntry) bool { return formats.IsTable(item.Name()) })
}

// foldersWithSplits returns the folders in dir that contain splits themselves, other than the
// folders of dir's splits.
func foldersWithSplits(dir string, splits map[string][]string) (found []string) {
	items, _ := Visible(dir)
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		name := strings.TrimSuffix(item.Name(), filepath.Ext(path))
		if !IsFolder(path) || splits[item.Name()] != nil || splits[name] != nil {
			continue
		}
		if inner, _, err := splitsIn(path); err != nil || len(inner) > 0 {
			found = append(found, path)
		}
	}
	return found
}

// unreadWarning returns a warning that names the files that are not read.
func unreadWarning(paths []string) string {
	return fmt.Sprintf("%s: not read: expected train.csv, test.csv or the same with .jsonl or .parquet, "+
		"shards such as train-00000-of-00002.csv, or folders train and test that hold nothing but such files", firstOf(paths))
}

// unreadTexts returns a warning for a folder whose classes are folders or files.
func unreadTexts(paths []string) string {
	return fmt.Sprintf("%s: not read: expected a folder for each class with nothing but .txt files, or a file for each class", firstOf(paths))
}

// firstOf joins names or paths, of many the first ones.
func firstOf(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// IsFolder reports whether there is a folder of this path.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// OnlyUnlabelledError is the error of a source whose examples are all unlabelled, where the caller
// wants others.
func OnlyUnlabelledError(source string) error {
	return fmt.Errorf("%s holds only unlabelled reviews: set Opener.Unlabelled to read them; a training and an evaluation need labels", source)
}
