package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// Files returns the files of a spec that names more than one: a pattern such as
// data/part-*.csv, or a list of files and patterns that are separated by commas. ok is false for
// any other spec; the name of a file or folder that exists is never a pattern or a list.
func Files(spec string) (paths []string, ok bool, err error) {
	if _, err := os.Stat(spec); err == nil || !strings.ContainsAny(spec, "*?[,") {
		return nil, false, nil
	}
	parts := strings.Split(spec, ",")
	for _, part := range parts {
		part = strings.TrimSpace(part)
		found, err := filesOf(part)
		if err != nil {
			return nil, true, fmt.Errorf("data %q: %w", spec, err)
		}
		for _, path := range found {
			if slices.Contains(paths, path) {
				return nil, true, fmt.Errorf("data %q: %s is named twice", spec, path)
			}
			paths = append(paths, path)
		}
	}
	return paths, true, nil
}

// filesOf returns the file or the files that match a pattern, sorted by name.
func filesOf(part string) ([]string, error) {
	if part == "" {
		return nil, errors.New("a name in the list is empty: expected files or patterns, separated by commas")
	}
	info, err := os.Stat(part)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: expected files; the pattern %s names those in it", part, filepath.Join(part, "*"))
	}
	if err == nil {
		return []string{part}, nil
	}
	if !strings.ContainsAny(part, "*?[") {
		return nil, fmt.Errorf("%s: %w", part, notFound(err))
	}
	if strings.Contains(part, "**") {
		return nil, fmt.Errorf("the pattern %s has **: expected * for one level of folders, such as data/*/part-*.csv", part)
	}
	matches, err := filepath.Glob(part)
	if err != nil {
		return nil, fmt.Errorf("the pattern %s is not valid (%w): expected *, ? and [a-z], and a backslash before such a character in a name", part, err)
	}
	matches = slices.DeleteFunc(matches, func(path string) bool { return Hidden(filepath.Base(path)) || IsFolder(path) })
	if len(matches) == 0 {
		return nil, fmt.Errorf("no file matches the pattern %s", part)
	}
	return matches, nil
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no such file: %w", fs.ErrNotExist)
	}
	return err
}

// TablesOf assigns several files to halves by their names, train.csv or
// train-00000-of-00002.csv, or by the first or last word of their names, reviews-train.csv and
// ReviewsTest.csv. Where no name is that of a half, the records' splits decide.
func TablesOf(paths []string, wanted Wanted) ([]formats.Table, error) {
	var named, unnamed []string
	tables := make([]formats.Table, len(paths))
	shards := map[string][]string{}
	for i, path := range paths {
		if IsZip(path) {
			return nil, zipError(path)
		}
		stem := formats.Stem(path)
		if shard := shardName.FindStringSubmatch(stem); shard != nil {
			stem = shard[1]
			set := filepath.Join(filepath.Dir(path), stem)
			shards[set] = append(shards[set], path)
		}
		half := halves.Of(stem)
		tables[i] = formats.Table{Path: path, Half: half}
		if half == "" {
			unnamed = append(unnamed, path)
		} else {
			named = append(named, path)
		}
	}
	if len(named) == 0 {
		var err error
		if unnamed, err = halvesInNames(tables, wanted); err != nil {
			return nil, err
		}
	}
	for _, path := range paths {
		shard := shardName.FindStringSubmatch(formats.Stem(path))
		if shard == nil {
			continue
		}
		if err := checkShards(shards[filepath.Join(filepath.Dir(path), shard[1])]); err != nil {
			return nil, err
		}
	}
	if len(named) > 0 && len(unnamed) > 0 {
		return nil, fmt.Errorf("%s is named after a half of the data set, and %s is not: expected such a name for every file (train.csv, test.csv) or for none",
			named[0], unnamed[0])
	}
	if len(named) > 0 && !wanted.Evaluation && !slices.ContainsFunc(tables, func(t formats.Table) bool { return t.Half == halves.Train || t.Half == halves.Unsupervised }) {
		return nil, noTrainError(tables)
	}
	slices.SortStableFunc(tables, func(a, b formats.Table) int {
		return slices.Index(halfNames, a.Half) - slices.Index(halfNames, b.Half)
	})
	return tables, nil
}

// SeveralName returns the name of a data set of several files: the beginning that their names
// share with the pattern, or else the name of the first file's folder.
func SeveralName(spec string, paths []string) string {
	if !strings.Contains(spec, ",") {
		name, _, _ := strings.Cut(filepath.Base(spec), "*")
		if name = strings.TrimRight(name, "-_. ?["); name != "" && !strings.ContainsAny(name, "?[") && halves.Of(name) == "" {
			return name
		}
	}
	return BaseName(filepath.Dir(paths[0]))
}
