package layout

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// halfWords are the words in the name of a file that name its half. CoNLL-2003 calls the validation half testa.
var halfWords = map[string][]string{
	halves.Train:      {"train", "training"},
	halves.Test:       {"test", "testing", "testb"},
	halves.Validation: append([]string{"testa"}, halves.ValidationNames...),
}

// stemOf returns the name of a table without its extensions and the number of its shard. An extension that names
// the half, as in reviews.train, is part of it.
func stemOf(path string) string {
	stem := formats.Stem(path)
	if ending := halfExtension(path); ending != "" {
		return stem + ending
	}
	if shard := shardName.FindStringSubmatch(stem); shard != nil {
		return shard[1]
	}
	return stem
}

// halfExtension returns the extension of a name if it names a half, as in eng.train and eng.testa.
func halfExtension(path string) string {
	name, _ := decode.CutCompression(filepath.Base(path))
	if ending := filepath.Ext(name); len(ending) < len(name) && halfOfWord(strings.ToLower(strings.TrimPrefix(ending, "."))) != "" {
		return ending
	}
	return ""
}

// halfInName returns the half that the last or the first word of a file's name names, such as
// those of reviews-train.csv and ReviewsTest.csv, or else the only half among the other words, as in
// pt_train_v2.csv; "" if none does.
func halfInName(stem string) string {
	parts := halves.Words(stem)
	if len(parts) < 2 {
		return ""
	}
	if half := halfAtEnds(stem); half != "" {
		return half
	}
	found := ""
	for _, part := range parts {
		half := halfOfWord(part)
		if half != "" && found != "" && half != found {
			return ""
		}
		found = cmp.Or(found, half)
	}
	return found
}

// halfAtEnds returns the half that the last or the first word of a file's name names.
func halfAtEnds(stem string) string {
	parts := halves.Words(stem)
	if len(parts) < 2 {
		return ""
	}
	return cmp.Or(halfOfWord(parts[len(parts)-1]), halfOfWord(parts[0]))
}

// halfOfWord returns the half that a word names, also after digits, as in 2016dev.
func halfOfWord(word string) string {
	word = strings.TrimLeft(word, "0123456789")
	for _, half := range []string{halves.Train, halves.Test, halves.Validation} {
		if slices.Contains(halfWords[half], word) {
			return half
		}
	}
	return ""
}

// halvesInNames assigns the tables to the halves in their names, if one is named train, except for an
// evaluation, and another test or validation, and returns the paths without a half. Files of which only some
// name a half are an error, since test examples would be trained on. Words within the names count only if
// several halves occur: product_dev_reviews.csv beside restaurant_reviews.csv is no validation half.
func halvesInNames(tables []formats.Table, wanted Wanted) (unnamed []string, err error) {
	assigned, found, unnamed := assignHalves(tables, halfInName)
	if len(found) < 2 {
		assigned, found, unnamed = assignHalves(tables, halfAtEnds)
	}
	others := cmp.Or(found[halves.Test], found[halves.Validation])
	switch {
	case others == "": // all examples are for training
		return nil, nil
	case len(unnamed) > 0:
		return nil, fmt.Errorf("the name of %s names a half of the data set, and the name of %s none: expected a half in the name of every file (reviews-train.csv, reviews-test.csv), or leave one of them out",
			others, unnamed[0])
	case found[halves.Train] == "" && !wanted.Evaluation:
		return nil, noTrainError(tables)
	}
	for i := range tables {
		tables[i].Half = assigned[i]
	}
	return nil, nil
}

// assignHalves returns the half of each table by its name, the first path of each half, and the paths without a half.
func assignHalves(tables []formats.Table, halfOf func(stem string) string) (assigned []string, found map[string]string, unnamed []string) {
	assigned, found = make([]string, len(tables)), map[string]string{}
	for i, t := range tables {
		assigned[i] = halfOf(stemOf(t.Path))
		if assigned[i] == "" {
			unnamed = append(unnamed, t.Path)
		} else if found[assigned[i]] == "" {
			found[assigned[i]] = t.Path
		}
	}
	return assigned, found, unnamed
}

// noTrainError is the error of files whose names are those of other halves than that of the training.
func noTrainError(tables []formats.Table) error {
	return fmt.Errorf("no file of the training half is among the files: %s are named test or validation: expected a file named train, or give one file alone, from which a test half is taken",
		firstOf(pathsOf(tables)))
}

// QuotedOr joins quoted names: "train", "validation" or "test".
func QuotedOr(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " or "
		default:
			text += ", "
		}
		text += strconv.Quote(name)
	}
	return text
}

func pathsOf(tables []formats.Table) []string {
	paths := make([]string, len(tables))
	for i, t := range tables {
		paths[i] = t.Path
	}
	return paths
}

// FilesNote states which files were read, and the half of each if their names decide it.
func FilesNote(paths []string, tables []formats.Table) string {
	var parts []string
	for _, half := range halfNames {
		var files []string
		for _, t := range tables {
			if t.Half == half {
				files = append(files, filepath.Base(t.Path))
			}
		}
		if len(files) > 0 {
			parts = append(parts, half+" "+strings.Join(files, ", "))
		}
	}
	note := fmt.Sprintf("%d files were read, from %s to %s", len(paths), paths[0], paths[len(paths)-1])
	if len(parts) == 0 {
		return note
	}
	return note + "; halves by their names: " + strings.Join(parts, "; ")
}

// HalvesWarning warns of files without a training file whose halves are words in their names, such as
// crash-test.csv: the words may mean something else.
func HalvesWarning(tables []formats.Table) []string {
	var found []string
	for _, t := range tables {
		if t.Half == halves.Train || t.Half == "" || halves.Of(stemOf(t.Path)) != "" {
			return nil
		}
		found = append(found, fmt.Sprintf("%s (%s)", filepath.Base(t.Path), t.Half))
	}
	if len(found) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the halves are words in the names of the files: %s: if such a word means something else, rename the file, or open it alone", firstOf(found))}
}

// ShardWarning warns of a file that is one of several.
func ShardWarning(path string) []string {
	shard := shardName.FindStringSubmatch(formats.Stem(path))
	if shard == nil || shard[3] == "00001" {
		return nil
	}
	return []string{fmt.Sprintf("%s is one of several files of %s by its name, and the others are not read: open the folder or a pattern such as %s-*",
		path, shard[1], filepath.Join(filepath.Dir(path), shard[1]))}
}

// BaseName returns the name of the file or folder without its extensions.
func BaseName(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute // "." has a name too
	}
	return formats.Stem(path)
}
