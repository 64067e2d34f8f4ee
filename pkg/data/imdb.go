package data

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/lfs"
)

const imdbName = "imdb"

// imdbLabels are in the order of the hub's class numbers, which is that of the
// folders' names too.
var imdbLabels = []string{"neg", "pos"}

// imdbUnlabelled is the folder, beside the labels' in train, of the reviews that
// were left without one.
const imdbUnlabelled = "unsup"

var imdbFile = regexp.MustCompile(`^([0-9]{1,9})_([0-9]{1,2})\.txt$`)

// imdbKey is what the path of a review's file tells:
// {train,test}/{neg,pos}/NUMBER_RATING.txt, or train/unsup/NUMBER_0.txt, which
// has label -1.
type imdbKey struct {
	half                  string
	label, number, rating int
}

// errOtherClass: a folder beside those of IMDB's classes.
var errOtherClass = errors.New("not a folder of IMDB, whose halves have neg and pos, and train has unsup: " +
	"move it away, or save a data set with other classes as train.csv and test.csv, with the columns text and label")

// isIMDBFolder reports whether a half of IMDB has a folder of this name.
func isIMDBFolder(half, name string) bool {
	return slices.Contains(imdbLabels, name) || half == train && name == imdbUnlabelled
}

// folder is the last part of the path of the review's folder.
func (k imdbKey) folder() string {
	if k.label == noLabel {
		return imdbUnlabelled
	}
	return imdbLabels[k.label]
}

func (k imdbKey) String() string {
	return fmt.Sprintf("%s/%s/%d_%d", k.half, k.folder(), k.number, k.rating)
}

// parseIMDBPath reads the clean, slash-separated path of a file, whatever
// folder the data set lies in. ok is false for a file that is no review, such as
// the README; a file among the reviews that cannot be one is an error.
func parseIMDBPath(name string) (key imdbKey, ok bool, err error) {
	parts := strings.Split(name, "/")
	if hidden(parts[len(parts)-1]) {
		return key, false, nil // as desktops leave in folders
	}
	for i := 0; i+2 < len(parts); i++ {
		label := slices.Index(imdbLabels, parts[i+1])
		unlabelled := parts[i] == train && parts[i+1] == imdbUnlabelled
		if parts[i] != train && parts[i] != test {
			continue
		}
		if label < 0 && !unlabelled {
			if i+3 == len(parts) && imdbFile.MatchString(parts[i+2]) {
				return key, false, errOtherClass
			}
			continue
		}
		if unlabelled {
			label = noLabel
		}
		key = imdbKey{half: parts[i], label: label}
		match := imdbFile.FindStringSubmatch(path.Join(parts[i+2:]...))
		if match == nil {
			return key, false, errors.New("not the name of a review: want NUMBER_RATING.txt, such as 127_10.txt")
		}
		key.number, _ = strconv.Atoi(match[1])
		key.rating, _ = strconv.Atoi(match[2])
		if unlabelled {
			if key.rating != 0 {
				return key, false, fmt.Errorf("rating %d does not belong into folder %q: want 0", key.rating, imdbUnlabelled)
			}
			return key, true, nil
		}
		// The data set's README: at most 4 of 10 stars is negative, at least 7
		// positive, and nothing between was taken.
		if key.rating > 10 || key.rating > 0 && (key.rating > 5) != (imdbLabels[label] == "pos") {
			return key, false, fmt.Errorf("rating %d does not belong into folder %q: want 1 to 4 in neg, 7 to 10 in pos",
				key.rating, imdbLabels[label])
		}
		return key, true, nil
	}
	return key, false, nil
}

// imdbBuilder gathers the reviews of an archive or a folder in any order.
type imdbBuilder struct {
	opener  Opener
	source  string // for errors
	seen    map[imdbKey]bool
	entries []imdbEntry
	// passedOver tells that there are unlabelled reviews, which nobody wants.
	passedOver bool
}

type imdbEntry struct {
	key  imdbKey
	text string
}

// wants reports whether a file is to be read, be its name good or bad.
func (b *imdbBuilder) wants(key imdbKey) bool {
	if key.label == noLabel && !b.opener.Unlabelled {
		b.passedOver = true
		return false
	}
	return true
}

func (b *imdbBuilder) add(key imdbKey, entry string, content []byte) error {
	if err := lfs.Check("", content); err != nil {
		return &EntryError{b.source, entry, err}
	}
	text, err := b.opener.prepare(string(content))
	if err != nil {
		return &EntryError{b.source, entry, err}
	}
	// A review's number is unique in its folder, whatever its rating.
	number := key
	number.rating = 0
	if b.seen[number] {
		return &EntryError{b.source, entry, errors.New("a review of this number came before: want one data set, once")}
	}
	if b.seen == nil {
		b.seen = map[imdbKey]bool{}
	}
	b.seen[number] = true
	b.entries = append(b.entries, imdbEntry{key, text})
	return nil
}

func onlyUnlabelledError(source string) error {
	return fmt.Errorf("%s holds unlabelled reviews only: ask for them with Opener.Unlabelled", source)
}

// dataset orders the reviews by half, label and number: archives list them in
// no particular order, and folders in that of names.
func (b *imdbBuilder) dataset() (*Dataset, error) {
	if len(b.entries) == 0 && b.passedOver {
		return nil, onlyUnlabelledError(b.source)
	}
	if len(b.entries) == 0 {
		return nil, fmt.Errorf("%s holds no review: want files such as aclImdb/train/pos/127_10.txt, "+
			"as in the published aclImdb_v1.tar.gz", b.source)
	}
	slices.SortFunc(b.entries, func(x, y imdbEntry) int {
		return cmp.Or(cmp.Compare(x.key.label, y.key.label), cmp.Compare(x.key.number, y.key.number))
	})
	d := &Dataset{Name: imdbName, Labels: slices.Clone(imdbLabels)}
	for _, e := range b.entries {
		half := &d.Train
		switch {
		case e.key.label == noLabel:
			half = &d.Unlabelled
		case e.key.half == test:
			half = &d.Test
		}
		*half = append(*half, Review{ID: e.key.String(), Text: e.text, Label: e.key.label, Rating: float64(e.key.rating)})
	}
	if len(d.Test) == 0 && len(d.Train) > 0 {
		return nil, fmt.Errorf("%s holds no test review: want both halves of IMDB", b.source)
	}
	// The published data set has every class in either half.
	if missing := d.classesWithoutTest(); len(missing) > 0 {
		return nil, fmt.Errorf("%s: %w", b.source, &EmptyClassError{Dataset: d.Name, Half: test, Class: missing[0]})
	}
	return d, nil
}
