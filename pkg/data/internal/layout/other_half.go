package layout

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// checkFolders compares the names of the files in the folders of the halves with the halves. A file that has the
// name of another half is an error, since the folder may be a data set of its own; a file that has the word of
// another half in a longer name is one of the folder's half, with a warning. Where labels are not read,
// halves do not matter. The folders are in root.
func checkFolders(root string, splits map[string][]string, wanted Wanted) (warnings []string, err error) {
	if wanted.TextsOnly {
		return nil, nil
	}
	for _, half := range wanted.Halves {
		named := map[string][]string{} // files by the half in their names
		for _, path := range splits[half] {
			if dir := filepath.Dir(path); half == halves.Unsupervised || dir == root || isSaved(dir) {
				continue
			}
			if other := halves.Of(stemOf(path)); other != "" && other != half {
				return nil, otherHalfError(path, half, other)
			}
			if other := otherHalf(path, half); other != "" && !inTwoFolders(path, splits) {
				named[other] = append(named[other], path)
			}
		}
		for _, other := range halfNames {
			if len(named[other]) > 0 {
				warnings = append(warnings, otherHalfWarning(named[other], half, other))
			}
		}
	}
	return warnings, nil
}

// otherHalf returns the half of the first or last word in the name of a file; "" if the name has a word of the
// folder's half too.
func otherHalf(path, half string) string {
	words := halves.Words(stemOf(path))
	if len(words) == 0 || slices.ContainsFunc(words, func(word string) bool { return halfOfWord(word) == half }) {
		return ""
	}
	return cmp.Or(halfOfWord(words[len(words)-1]), halfOfWord(words[0]))
}

// inTwoFolders reports whether the folder of another half has a file of the same name, which then is a topic:
// train/software_testing.csv and test/software_testing.csv.
func inTwoFolders(path string, splits map[string][]string) bool {
	for _, half := range halfNames {
		if slices.ContainsFunc(splits[half], func(other string) bool {
			return filepath.Dir(other) != filepath.Dir(path) && stemOf(other) == stemOf(path)
		}) {
			return true
		}
	}
	return false
}

func otherHalfError(path, half, other string) error {
	return fmt.Errorf("%s is named after the %s half and is in a folder of the %s half: expected only files of this half in %s; "+
		"if this folder is a data set of its own, open it by its name; otherwise move the file away or rename it", path, other, half, filepath.Dir(path))
}

func otherHalfWarning(paths []string, half, other string) string {
	return fmt.Sprintf("%s: named after the %s half, and read as examples of the %s half, by their folder: "+
		"if they are examples of the %[2]s half, move them", firstOf(paths), other, half)
}
