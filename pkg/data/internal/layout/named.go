package layout

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// namedTables returns the files of a folder whose names have the halves as words, such as sts-train.tsv and
// sts-dev.tsv, or are those of halves, such as train.txt and train; none for a folder without such a file of the
// training half and of another one. Tables precede .json and .txt files, of which a folder has some of other kinds.
// Two files of one half are an error, since they may be of two data sets, or the same examples twice.
func namedTables(dir string, wanted Wanted) (found Found, err error) {
	items, err := Visible(dir)
	if err != nil {
		return found, err
	}
	var tables, others []formats.Table
	var unnamed, rest []string // tables and other files without a half in their names
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		if IsFolder(path) || formats.Of(path) == "" && halfExtension(path) == "" && halves.Of(item.Name()) == "" {
			continue
		}
		table := formats.Table{Path: path, Half: halfOfFile(path)}
		switch {
		case table.Half == "" && formats.IsTable(path):
			unnamed = append(unnamed, path)
		case accompanies(item.Name()):
		case table.Half == "":
			rest = append(rest, path)
		case formats.IsTable(path):
			tables = append(tables, table)
		default:
			others = append(others, table)
		}
	}
	if !areDivided(tables) {
		tables, others, unnamed = others, nil, append(unnamed, rest...)
	}
	if !areDivided(tables) {
		return found, nil
	}
	if err := oneOfEachHalf(dir, tables); err != nil {
		return found, err
	}
	read, err := TablesOf(pathsOf(tables), wanted)
	if err != nil {
		return found, err
	}
	found.Tables = slices.DeleteFunc(read, func(t formats.Table) bool { return !wanted.Has(t.Half) })
	found.Notes = []string{FilesNote(pathsOf(tables), read)}
	if unread := append(unnamed, pathsOf(others)...); len(unread) > 0 {
		found.Warnings = []string{fmt.Sprintf("%s: not read: expected one file for each half, named after it", firstOf(unread))}
	}
	return found, nil
}

// halfOfFile returns the half that a file's name is, or has as a word.
func halfOfFile(path string) string {
	stem := stemOf(path)
	return cmp.Or(halves.Of(stem), halfInName(stem))
}

// areDivided reports whether files have the names of the training half and of another one.
func areDivided(tables []formats.Table) bool {
	train := func(t formats.Table) bool { return t.Half == halves.Train }
	return slices.ContainsFunc(tables, train) && !allOf(tables, train)
}

func allOf(tables []formats.Table, is func(formats.Table) bool) bool {
	return !slices.ContainsFunc(tables, func(t formats.Table) bool { return !is(t) })
}

// oneOfEachHalf refuses two files of one half that are not its shards.
func oneOfEachHalf(dir string, tables []formats.Table) error {
	for _, half := range halfNames {
		var names []string
		stem, several := "", false
		for _, t := range tables {
			if t.Half != half {
				continue
			}
			several = several || len(names) > 0 && (stemOf(t.Path) != stem || !shardName.MatchString(formats.Stem(t.Path)))
			stem = stemOf(t.Path)
			names = append(names, filepath.Base(t.Path))
		}
		if labels, texts := apart(names); several && labels != "" {
			return fmt.Errorf("%s holds the texts and the labels of the %s half in files of their own, %s and %s: expected one file for each half; "+
				`join their lines, such as by paste -d '\t' %s %s > %s.tsv`, dir, half, texts, labels, labels, texts, half)
		}
		if several {
			return fmt.Errorf("%s holds several files of the %s half by their names, %s: expected one file for each half, with texts and labels; "+
				"open the files of one data set as a list, such as %s", dir, half, firstOf(names), exampleList(tables))
		}
	}
	return nil
}

// apart returns the file of the labels and that of the texts of two files; "" for others.
func apart(names []string) (labels, texts string) {
	holdsLabels := func(name string) bool { return strings.Contains(strings.ToLower(name), "label") }
	if len(names) != 2 || holdsLabels(names[0]) == holdsLabels(names[1]) {
		return "", ""
	}
	if holdsLabels(names[0]) {
		return names[0], names[1]
	}
	return names[1], names[0]
}

// exampleList is a list of the first file of each half.
func exampleList(tables []formats.Table) string {
	list, seen := "", map[string]bool{}
	for _, half := range []string{halves.Train, halves.Validation, halves.Test} {
		for _, t := range tables {
			if t.Half == half && !seen[half] {
				if seen[half] = true; list != "" {
					list += ","
				}
				list += t.Path
			}
		}
	}
	return list
}

// nameHalves reports whether most .txt files have a half as a word of their names, and two halves occur, as in
// test_iob.txt and valid_iob.txt or in train.txt and dev.txt: they are no classes, and no texts of a class, of which
// a few may have such a word by chance.
func nameHalves(names []string) bool {
	seen := map[string]bool{}
	files, named := 0, 0
	for _, name := range names {
		if !IsText(name) || accompanies(name) {
			continue
		}
		files++
		if half := halfOfFile(name); half != "" {
			seen[half] = true
			named++
		}
	}
	return len(seen) > 1 && 2*named > files
}

// dataSetsIn returns the folders whose .txt files are named after halves, each of them a data set. If the files
// of one are numbered, the folders are classes, such as pos with train_1.txt, train_2.txt and test_1.txt.
func dataSetsIn(dir string, items []os.DirEntry) (sets []string) {
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		if !IsFolder(path) {
			continue
		}
		files, _ := Visible(path) // the reading of the texts reports the error
		switch names := namesOf(files); {
		case !nameHalves(names):
		case differInDigits(names):
			return nil
		default:
			sets = append(sets, path)
		}
	}
	return sets
}

// differInDigits reports whether two .txt files with a half in their names differ in digits only, as train_1.txt and
// train_2.txt do: they are texts of a class, since each file of a data set has a name of its own.
func differInDigits(names []string) bool {
	seen := map[string]bool{}
	for _, name := range names {
		if !IsText(name) || halfOfFile(name) == "" || shardName.MatchString(formats.Stem(name)) {
			continue
		}
		if seen[numberless(name)] {
			return true
		}
		seen[numberless(name)] = true
	}
	return false
}

// halvesOfTexts warns of texts of a class whose names have the halves as words: they are read without these halves.
func halvesOfTexts(tables []formats.Table) (warnings []string) {
	names := map[string][]string{} // by folder
	for _, t := range tables {
		if t.Format == formats.Text {
			names[filepath.Dir(t.Path)] = append(names[filepath.Dir(t.Path)], filepath.Base(t.Path))
		}
	}
	var folders []string
	for _, folder := range slices.Sorted(maps.Keys(names)) {
		if nameHalves(names[folder]) {
			folders = append(folders, folder)
		}
	}
	if len(folders) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the names of the texts in %s have halves of a data set as words, such as %s, which are not read: if they are its halves, move the texts to a folder of each half with a folder for each class, such as train/%s",
		firstOf(folders), firstOf(names[folders[0]]), filepath.Base(folders[0]))}
}

// holdsNamedTables reports whether a folder has tables whose names have the halves as words, beside which
// .txt files, such as vocab.txt, are no classes.
func holdsNamedTables(dir string) bool {
	items, _ := Visible(dir)
	var tables []formats.Table
	for _, item := range items {
		if path := filepath.Join(dir, item.Name()); formats.IsTable(path) && !IsFolder(path) {
			tables = append(tables, formats.Table{Path: path, Half: halfOfFile(path)})
		}
	}
	return areDivided(slices.DeleteFunc(tables, func(t formats.Table) bool { return t.Half == "" }))
}
