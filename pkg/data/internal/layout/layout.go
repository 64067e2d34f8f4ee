// Package layout finds the files of a data set and the half and the class of each: by patterns,
// by the names of files and folders, and by what save_to_disk of the datasets library writes.
package layout

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// shardName matches the hub's name of one of several files of a split:
// train-00000-of-00002, in older uploads followed by a digest.
var shardName = regexp.MustCompile(`^(.+)-([0-9]{5})-of-([0-9]{5})(?:-[0-9a-f]+)?$`)

// Tables returns the files of the halves in a data set's folder. The folder, or the only folder within it that holds splits,
// contains for each split one of
//
//   - a file, such as train.csv,
//   - the hub's shards, such as train-00000-of-00002.parquet,
//   - a folder of files, such as train/0000.parquet, or train.parquet/part-0.parquet, which
//     Spark writes,
//   - a folder that save_to_disk of the datasets library wrote. Such a folder is also a data set
//     of its own.
//
// Names that begin with a dot are skipped. The warnings name other files that look like data
// and are not read.
func Tables(dir string, wanted Wanted) ([]formats.Table, []string, error) {
	if isSaved(dir) {
		files, unread, err := savedFiles(dir)
		if err != nil {
			return nil, nil, err
		}
		var warnings []string
		if len(unread) > 0 {
			warnings = append(warnings, strings.Join(unread, ", ")+": not read, because state.json does not list it")
		}
		return newTables("", files), warnings, nil
	}
	if err := checkSavedDict(dir, wanted); err != nil {
		return nil, nil, err
	}
	splits, unread, err := splitsIn(dir)
	if err != nil {
		return nil, nil, err
	}
	root := dir
	if len(splits) == 0 {
		inner, err := folderWithin(dir, wanted)
		if err != nil {
			return nil, nil, err
		}
		outside := slices.DeleteFunc(unread, func(path string) bool { return path == inner || filepath.Dir(path) == inner })
		if splits, unread, err = splitsIn(inner); err != nil {
			return nil, nil, err
		}
		root, unread = inner, append(outside, unread...)
	} else {
		unread = append(unread, foldersWithSplits(dir, splits)...)
	}
	var tables []formats.Table
	for _, half := range wanted.Halves {
		tables = append(tables, newTables(half, splits[half])...)
	}
	warnings, err := checkFolders(root, splits, wanted)
	if err != nil {
		return nil, nil, err
	}
	if len(tables) == 0 && !wanted.Has(halves.Unsupervised) && splits[halves.Unsupervised] != nil {
		return nil, nil, OnlyUnlabelledError(dir)
	}
	if len(tables) == 0 || !wanted.Evaluation && (tables[0].Half == halves.Test || tables[0].Half == halves.Validation) {
		return nil, nil, noDataError(dir, wanted)
	}
	if len(unread) > 0 {
		warnings = append(warnings, unreadWarning(unread))
	}
	return tables, warnings, nil
}

func newTables(half string, paths []string) []formats.Table {
	tables := make([]formats.Table, len(paths))
	for i, path := range paths {
		tables[i] = formats.Table{Path: path, Half: half}
	}
	return tables
}

// noDataError is the error of a folder that is not a data set, with its content.
func noDataError(dir string, wanted Wanted) error {
	half := halves.Train
	if wanted.Evaluation {
		half = halves.Test
		if err := oneClassError(dir, wanted); err != nil {
			return err
		}
	}
	var found []string
	items, _ := os.ReadDir(dir)
	for _, item := range items[:min(len(items), 12)] {
		found = append(found, item.Name())
	}
	return fmt.Errorf("%[1]s holds neither %[2]s.jsonl, %[2]s.csv, %[2]s.parquet, shards such as %[2]s-00000-of-00001.parquet, "+
		"a folder %[2]s of such files, nor a folder or a .txt file for each class; it holds %[3]q: give a file or a pattern such as *.csv in it, or rename the files; %[4]s", dir, half, found, formats.SpecHelp)
}

// folderWithin returns the only folder within dir that holds splits, such as the hub's "data"
// or one named after a configuration.
func folderWithin(dir string, wanted Wanted) (string, error) {
	items, err := Visible(dir)
	if err != nil {
		return "", err
	}
	var found []string
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		if !IsFolder(path) {
			continue
		}
		if splits, _, err := splitsIn(path); err != nil || len(splits) > 0 {
			found = append(found, path)
		}
	}
	switch len(found) {
	case 0:
		return "", noDataError(dir, wanted)
	case 1:
		return found[0], nil
	}
	return "", severalSetsError(dir, found)
}

func severalSetsError(dir string, folders []string) error {
	const most = 12
	return fmt.Errorf("%s holds several data sets, %q: give the folder of one", dir, folders[:min(len(folders), most)])
}

// halfNames are the names of all halves.
var halfNames = []string{halves.Train, halves.Test, halves.Unsupervised, halves.Validation}

// splitsIn returns the files of each split directly in dir, in order, and the files that look
// like data and belong to no split.
func splitsIn(dir string) (splits map[string][]string, unread []string, err error) {
	items, err := Visible(dir)
	if err != nil {
		return nil, nil, err
	}
	// The files of each split by form: an extension, the extension of shards, or a folder.
	forms := map[string]map[string][]string{}
	add := func(name, form string, paths ...string) {
		split := halves.Of(name)
		if split == "" {
			unread = append(unread, paths...)
			return
		}
		form = name + " " + form // val.csv and dev.csv are not shards of one half, nor are train.csv and Train.csv
		if len(paths) > 0 {
			if forms[split] == nil {
				forms[split] = map[string][]string{}
			}
			forms[split][form] = append(forms[split][form], paths...)
		}
	}
	for _, item := range items { // sorted by name
		path := filepath.Join(dir, item.Name())
		stem := formats.Stem(path)
		ending := strings.ToLower(strings.TrimPrefix(item.Name(), stem))
		switch {
		case IsFolder(path):
			name := item.Name()
			if formats.IsTable(path) {
				name = stem
			}
			if halves.Of(name) != "" {
				files, others, err := filesIn(path)
				if err != nil {
					return nil, nil, err
				}
				add(name, "folder", files...)
				unread = append(unread, others...)
			} else if isSaved(path) {
				unread = append(unread, path)
			}
		case IsZip(path) && halfOfZip(path) != "":
			return nil, nil, zipError(path)
		case !formats.IsTable(path):
			if LooksLikeData(item.Name()) {
				unread = append(unread, path)
			}
		case shardName.MatchString(stem):
			add(shardName.FindStringSubmatch(stem)[1], "shards "+ending, path)
		default:
			add(stem, ending, path)
		}
	}
	splits, err = oneForm(dir, forms)
	return splits, unread, err
}

// halfOfZip returns the half that a zip archive holds by its name, train.zip or train.csv.zip.
func halfOfZip(path string) string {
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if formats.Of(stem) != "" {
		stem = formats.Stem(stem)
	}
	if shard := shardName.FindStringSubmatch(stem); shard != nil {
		stem = shard[1]
	}
	return halves.Of(stem)
}

// oneForm requires that the files of each split have one form and that its shards are complete.
func oneForm(dir string, forms map[string]map[string][]string) (map[string][]string, error) {
	splits := map[string][]string{}
	for _, split := range halfNames { // in this order, so that the same error is found each time
		found := forms[split]
		if len(found) > 1 {
			return nil, fmt.Errorf("%s holds %q: expected one file for each half, or its shards, or one folder",
				dir, slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Values(found))...))))
		}
		for _, files := range found {
			if err := checkShards(files); err != nil {
				return nil, err
			}
			splits[split] = files
		}
	}
	return splits, nil
}

// filesIn returns the tables of a split's folder, which must have one format, and the other
// files that look like data.
func filesIn(dir string) (files, unread []string, err error) {
	if isSaved(dir) {
		return savedFiles(dir)
	}
	items, err := Visible(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		if IsFolder(path) || !formats.IsTable(path) {
			if holdsTables(path) || LooksLikeData(item.Name()) {
				unread = append(unread, path)
			}
			continue
		}
		files = append(files, path)
		if formats.Of(path) != formats.Of(files[0]) {
			return nil, nil, fmt.Errorf("%s holds %q: expected files of one format", dir, files)
		}
	}
	return files, unread, nil
}

// checkShards requires all files of NNNNN-of-MMMMM.
func checkShards(files []string) error {
	for i, file := range files {
		shard := shardName.FindStringSubmatch(formats.Stem(file))
		if shard == nil {
			continue
		}
		number, _ := strconv.Atoi(shard[2])
		count, _ := strconv.Atoi(shard[3])
		if number != i || count != len(files) {
			return fmt.Errorf("%s holds %d files of %s, and the name %s means number %d of %d: one is missing, or there are two versions",
				filepath.Dir(file), len(files), shard[1], filepath.Base(file), number+1, count)
		}
	}
	return nil
}
