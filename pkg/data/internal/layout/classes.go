package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// classes returns the texts of a data set whose classes are the names of folders or files, and
// none for another folder:
//
//   - a folder for each class with a .txt file for each text, as load_files of scikit-learn
//     reads it: sports/1.txt, politics/2.txt,
//   - a file for each class with one text a line: pos.txt and neg.txt, or
//     rt-polarity.pos and rt-polarity.neg.
//
// Both may lie in folders of the halves: train/sports/1.txt, test/pos.txt. The note states what
// was found.
func classes(dir string, wanted Wanted) (Found, error) {
	if tablesBelow(dir) {
		return Found{}, nil
	}
	items, err := Visible(dir)
	if err != nil {
		return Found{}, err
	}
	folders := map[string]string{} // folders by half
	for _, item := range items {
		half := halves.Of(item.Name())
		path := filepath.Join(dir, item.Name())
		if half == "" || !IsFolder(path) {
			continue
		}
		if folders[half] != "" {
			return Found{}, fmt.Errorf("%s holds %s and %s: expected one folder for each half", dir, filepath.Base(folders[half]), item.Name())
		}
		folders[half] = path
	}
	if isClassByCase(dir, items, folders) {
		clear(folders)
	}
	if len(folders) == 0 {
		tables, others, err := classTexts(dir, dir, "", wanted)
		switch {
		case err != nil:
			return Found{}, err
		case severalClasses(tables):
			return classesFound(tables, others, wanted), nil
		case !wanted.oneClass() || len(besides(dir, tables)) > 0:
			return Found{}, nil // a single folder of texts beside other files belongs to something else, such as a program
		}
		tables, err = textsOfClass(dir, tables, others)
		return classesFound(tables, nil, wanted), err
	}
	var tables []formats.Table
	var unread []string
	for _, half := range wanted.Halves {
		if folders[half] == "" {
			continue
		}
		found, others, err := classTexts(dir, folders[half], half, wanted)
		if err != nil {
			return Found{}, err
		}
		tables, unread = append(tables, found...), append(unread, others...)
		if len(found) == 0 && holdsTexts(folders[half]) { // a single file, which may be a class or not
			unread = append(unread, folders[half])
		}
	}
	if wanted.Evaluation && !severalClasses(tables) {
		if tables, err = textsOfClass(dir, tables, unread); err != nil {
			return Found{}, err
		}
	}
	if len(tables) == 0 {
		return Found{}, nil
	}
	for _, item := range items { // beside the folders of the halves
		path := filepath.Join(dir, item.Name())
		if folders[halves.Of(item.Name())] != path && (LooksLikeData(item.Name()) || holdsTexts(path) || holdsClasses(path)) {
			unread = append(unread, path)
		}
	}
	return classesFound(tables, unread, wanted), nil
}

// isClassByCase reports whether the only folder with the name of a half is a class: it has the name in another case
// than small letters, and holds texts as other folders beside it do, as Train beside Bus and Car.
func isClassByCase(dir string, items []os.DirEntry, folders map[string]string) bool {
	if len(folders) != 1 {
		return false
	}
	for _, path := range folders {
		if name := filepath.Base(path); name == strings.ToLower(name) || !holdsTexts(path) {
			return false
		}
	}
	return slices.ContainsFunc(items, func(item os.DirEntry) bool {
		return halves.Of(item.Name()) == "" && holdsTexts(filepath.Join(dir, item.Name()))
	})
}

func namesOf(items []os.DirEntry) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.Name()
	}
	return names
}

func severalClasses(tables []formats.Table) bool {
	return slices.ContainsFunc(tables, func(t formats.Table) bool { return t.Class != tables[0].Class })
}

func classesFound(tables []formats.Table, unread []string, wanted Wanted) Found {
	found := Found{Tables: tables, Notes: []string{classNote(tables)}}
	if wanted.TextsOnly {
		found.Notes = []string{textsNote(tables)}
	}
	if len(unread) > 0 {
		found.Warnings = []string{unreadTexts(unread)}
	}
	if !wanted.TextsOnly {
		found.Warnings = append(found.Warnings, halvesOfTexts(tables)...)
	}
	return found
}

// tablesBelow reports whether a folder, or a folder within it, holds the tables of a data set, or
// was written by the datasets library.
func tablesBelow(dir string) bool {
	if splits, _, err := splitsIn(dir); err != nil || len(splits) > 0 || isSaved(dir) {
		return true
	}
	items, _ := Visible(dir)
	return slices.ContainsFunc(items, func(item os.DirEntry) bool {
		path := filepath.Join(dir, item.Name())
		if !IsFolder(path) {
			return false
		}
		splits, _, err := splitsIn(path)
		return err != nil || len(splits) > 0
	})
}

// classTexts returns the texts in the folder of a half; root is the data set's folder.
func classTexts(root, dir, half string, wanted Wanted) (tables []formats.Table, unread []string, err error) {
	items, err := Visible(dir)
	if err != nil {
		return nil, nil, err
	}
	within := func(path string) string {
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return path
		}
		stem, _ := decode.CutCompression(rel)
		return strings.TrimSuffix(stem, ".txt")
	}
	var sets []string
	if !wanted.TextsOnly {
		sets = dataSetsIn(dir, items)
	}
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		if !IsFolder(path) || slices.Contains(sets, path) {
			continue
		}
		files, err := Visible(path)
		if err != nil {
			return nil, nil, err
		}
		for _, file := range files {
			text := filepath.Join(path, file.Name())
			switch {
			case IsText(file.Name()) && !IsFolder(text):
				tables = append(tables, formats.Table{Path: text, Half: half, Class: item.Name(), ID: within(text), Format: formats.Text})
			case IsFolder(text) && holdsTexts(text), LooksLikeData(file.Name()):
				unread = append(unread, text)
			}
		}
	}
	if len(sets) > 1 {
		return nil, nil, severalSetsError(dir, sets)
	}
	unread = append(unread, sets...)
	files := classFiles(dir, wanted)
	if len(tables) > 0 {
		for _, file := range files {
			unread = append(unread, file.Path)
		}
		return tables, unread, nil
	}
	for _, file := range files {
		file.Half, file.ID, file.Format = half, within(file.Path), formats.Lines
		tables = append(tables, file)
	}
	return tables, sets, nil
}

// polarities are extensions that name a class: rt-polarity.pos.
var polarities = []string{".pos", ".neg", ".neu", ".positive", ".negative", ".neutral"}

// notClasses begin the names of text files that accompany data.
var notClasses = []string{"readme", "license", "licence", "copying", "notice", "changes", "changelog", "requirements", "authors"}

// accompanies reports whether a name is that of a text file that accompanies data.
func accompanies(name string) bool {
	return slices.ContainsFunc(notClasses, func(word string) bool { return strings.HasPrefix(strings.ToLower(name), word) })
}

// besides returns what a folder holds apart from the texts of one class, files that accompany data and
// empty folders.
func besides(dir string, texts []formats.Table) (names []string) {
	items, _ := Visible(dir)
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		inner, err := Visible(path)
		empty := err == nil && len(inner) == 0
		if !accompanies(item.Name()) && !empty && !slices.ContainsFunc(texts, func(t formats.Table) bool { return t.Path == path || filepath.Dir(t.Path) == path }) {
			names = append(names, item.Name())
		}
	}
	return names
}

// classFiles returns the files of a folder that are named after a class, at least two, or one for an
// evaluation or as texts without labels.
func classFiles(dir string, wanted Wanted) (tables []formats.Table) {
	items, _ := Visible(dir)
	if !wanted.TextsOnly && (nameHalves(namesOf(items)) || holdsNamedTables(dir)) {
		return nil
	}
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		name, _ := decode.CutCompression(item.Name())
		ending := filepath.Ext(name)
		stem := strings.TrimSuffix(name, ending)
		if IsFolder(path) || accompanies(stem) {
			continue
		}
		switch {
		case slices.Contains(polarities, strings.ToLower(ending)):
			tables = append(tables, formats.Table{Path: path, Class: ending[1:]})
		case strings.EqualFold(ending, ".txt") && halves.Of(stem) == "":
			tables = append(tables, formats.Table{Path: path, Class: stem})
		}
	}
	if len(tables) < 2 && !wanted.oneClass() {
		return nil
	}
	return tables
}

// IsText reports whether a name is that of a text file, compressed or not.
func IsText(name string) bool {
	name, _ = decode.CutCompression(name)
	return strings.EqualFold(filepath.Ext(name), ".txt")
}

// holdsTexts reports whether path is a folder that directly contains .txt files.
func holdsTexts(path string) bool {
	items, err := Visible(path)
	return err == nil && slices.ContainsFunc(items, func(item os.DirEntry) bool { return IsText(item.Name()) && !accompanies(item.Name()) })
}

// holdsClasses reports whether path is a folder of folders with .txt files, such as a half that is not read
// because of its name: Test/pos/1.txt.
func holdsClasses(path string) bool {
	items, err := Visible(path)
	return err == nil && slices.ContainsFunc(items, func(item os.DirEntry) bool { return holdsTexts(filepath.Join(path, item.Name())) })
}

// textsNote describes the texts of a folder, whose classes are not read.
func textsNote(tables []formats.Table) string {
	if len(tables) == 0 {
		return ""
	}
	if tables[0].Format == formats.Lines {
		return fmt.Sprintf("%d files, each with one text a line; if each file is a single text, open a folder that holds nothing but the folder with these files", len(tables))
	}
	return fmt.Sprintf("%d files, each of them a text", len(tables))
}

// classNote describes the classes.
func classNote(tables []formats.Table) string {
	if len(tables) == 0 {
		return ""
	}
	var names []string
	for _, t := range tables {
		if !slices.Contains(names, t.Class) {
			names = append(names, t.Class)
		}
	}
	slices.Sort(names)
	const most = 12
	more := ""
	if len(names) > most {
		names, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	if tables[0].Format == formats.Lines {
		return fmt.Sprintf("each file is a class, with one text a line: %q%s", names, more)
	}
	return fmt.Sprintf("each folder is a class, with one text in each .txt file: %q%s", names, more)
}
