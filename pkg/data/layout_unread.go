package data

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// visible lists a folder, sorted by name, without the names that begin with a dot:
// desktops and version control keep their own files under such names.
func visible(dir string) ([]fs.DirEntry, error) {
	items, err := os.ReadDir(dir)
	return slices.DeleteFunc(items, func(item fs.DirEntry) bool { return hidden(item.Name()) }), err
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// packedEndings and otherEndings are those of files that other libraries read as data.
var (
	packedEndings = []string{".gz", ".zst", ".bz2", ".xz", ".zip", ".lz4"}
	otherEndings  = []string{".tsv", ".arrow", ".feather", ".ipc", ".orc", ".avro", ".xls", ".xlsx"}
	looseEndings  = []string{".json", ".txt"} // of other files too
)

// looksLikeData reports whether a file that is no table has the name of one in another
// format: test.csv.gz, test.tsv, or test.json.
func looksLikeData(name string) bool {
	name = strings.ToLower(name)
	if slices.Contains(packedEndings, filepath.Ext(name)) {
		name = strings.TrimSuffix(name, filepath.Ext(name))
	}
	ending := filepath.Ext(name)
	if isTable(name) || slices.Contains(otherEndings, ending) {
		return true
	}
	word := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.Contains(looseEndings, ending) && slices.Contains(splitNames, word[0])
}

// holdsTables reports whether a path is a folder with tables directly in it.
func holdsTables(path string) bool {
	items, err := visible(path)
	return err == nil && slices.ContainsFunc(items, func(item fs.DirEntry) bool { return isTable(item.Name()) })
}

// foldersWithSplits are the folders in dir that hold splits of their own, beside the
// splits of dir.
func foldersWithSplits(dir string, splits map[string][]string) (found []string) {
	items, _ := visible(dir)
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		name := strings.TrimSuffix(item.Name(), filepath.Ext(path))
		if !isFolder(path) || splits[item.Name()] != nil || splits[name] != nil {
			continue
		}
		if inner, _, err := splitsIn(path); err != nil || len(inner) > 0 {
			found = append(found, path)
		}
	}
	return found
}

// unreadWarning says which files were left out, and what names are read.
func unreadWarning(paths []string) string {
	const most = 8
	named, more := paths, ""
	if len(paths) > most {
		named, more = paths[:most], fmt.Sprintf(" and %d more", len(paths)-most)
	}
	return fmt.Sprintf("%s%s: not read; expected train.csv, test.csv or the same with .jsonl or .parquet, "+
		"shards such as train-00000-of-00002.csv, or folders train and test that hold nothing but such files",
		strings.Join(named, ", "), more)
}
