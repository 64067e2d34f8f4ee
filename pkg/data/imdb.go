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
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/layout"
)

const imdbName = "imdb"

// imdbLabels are the classes in the order of the hub's class numbers, which is also the
// alphabetical order of the folders.
var imdbLabels = []string{"neg", "pos"}

// imdbUnlabelled is the folder of the unlabelled reviews, in train.
const imdbUnlabelled = "unsup"

var imdbFile = regexp.MustCompile(`^([0-9]{1,9})_([0-9]{1,2})\.txt$`)

// imdbKey is the parsed path of a review's file: {train,test}/{neg,pos}/NUMBER_RATING.txt, or
// train/unsup/NUMBER_0.txt with label -1.
type imdbKey struct {
	half                  string
	label, number, rating int
}

// errOtherClass is the error of a folder that is not one of IMDB's classes.
var errOtherClass = errors.New("not a folder of IMDB, whose halves have neg and pos, and train has unsup: " +
	"move it away, or save a data set with other classes as train.csv and test.csv, with the columns text and label")

// isIMDBFolder reports whether a half of IMDB has a folder of this name.
func isIMDBFolder(half, name string) bool {
	return slices.Contains(imdbLabels, name) || half == halves.Train && name == imdbUnlabelled
}

// folder returns the name of the review's folder.
func (k imdbKey) folder() string {
	if k.label == noLabel {
		return imdbUnlabelled
	}
	return imdbLabels[k.label]
}

func (k imdbKey) String() string {
	return fmt.Sprintf("%s/%s/%d_%d", k.half, k.folder(), k.number, k.rating)
}

// parseIMDBPath parses the clean, slash-separated path of a file, in whatever folder the data
// set lies. ok is false for a file that is not a review, such as the README. Another file in a
// folder of reviews is an error.
func parseIMDBPath(name string) (key imdbKey, ok bool, err error) {
	parts := strings.Split(name, "/")
	if layout.Hidden(parts[len(parts)-1]) {
		return key, false, nil // desktop programs write such files
	}
	for i := 0; i+2 < len(parts); i++ {
		label := slices.Index(imdbLabels, parts[i+1])
		unlabelled := parts[i] == halves.Train && parts[i+1] == imdbUnlabelled
		if parts[i] != halves.Train && parts[i] != halves.Test {
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
			return key, false, errors.New("is not the name of a review: expected NUMBER_RATING.txt, such as 127_10.txt")
		}
		key.number, _ = strconv.Atoi(match[1])
		key.rating, _ = strconv.Atoi(match[2])
		if unlabelled {
			if key.rating != 0 {
				return key, false, fmt.Errorf("rating %d is not possible in folder %q: expected 0", key.rating, imdbUnlabelled)
			}
			return key, true, nil
		}
		// The data set's README: negative reviews have at most 4 of 10 stars, positive ones
		// at least 7, and the set contains no others.
		if key.rating > 10 || key.rating > 0 && (key.rating > 5) != (imdbLabels[label] == "pos") {
			return key, false, fmt.Errorf("rating %d is not possible in folder %q: expected 1 to 4 in neg, 7 to 10 in pos",
				key.rating, imdbLabels[label])
		}
		return key, true, nil
	}
	return key, false, nil
}

// imdbBuilder collects the reviews of an archive or a folder in any order.
type imdbBuilder struct {
	opener  Opener
	source  string // for errors
	seen    map[imdbKey]bool
	entries []imdbEntry
	// passedOver reports whether unlabelled reviews were skipped.
	passedOver bool
}

type imdbEntry struct {
	key  imdbKey
	text string
}

// selects reports whether the file is to be read, whether or not its name is valid.
func (b *imdbBuilder) selects(key imdbKey) bool {
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
	text, err := decode.Prepare(string(content), b.opener.Raw)
	if err != nil {
		return &EntryError{b.source, entry, err}
	}
	// The number of a review is unique in its folder, whatever its rating.
	number := key
	number.rating = 0
	if b.seen[number] {
		return &EntryError{b.source, entry, errors.New("occurs twice: expected each number once in a folder")}
	}
	if b.seen == nil {
		b.seen = map[imdbKey]bool{}
	}
	b.seen[number] = true
	b.entries = append(b.entries, imdbEntry{key, text})
	return nil
}

// dataset sorts the reviews by half, label and number, because archives list them in no
// particular order, and folders by name.
func (b *imdbBuilder) dataset() (*Dataset, error) {
	if len(b.entries) == 0 && b.passedOver {
		return nil, layout.OnlyUnlabelledError(b.source)
	}
	if len(b.entries) == 0 {
		return nil, fmt.Errorf("%s holds no review: expected files such as aclImdb/train/pos/127_10.txt, "+
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
		case e.key.half == halves.Test:
			half = &d.Test
		}
		*half = append(*half, Example{ID: e.key.String(), Text: e.text, Label: e.key.label, Rating: float64(e.key.rating)})
	}
	noTest := len(d.Test) == 0 && len(d.Train) > 0
	switch {
	case b.opener.Evaluation && noTest:
		d.Warnings = append(d.Warnings, fmt.Sprintf("%s holds no test review: expected some in the folders test/neg and test/pos; the examples are those in the folder train", b.source))
		return d, nil
	case b.opener.Evaluation:
		return d, nil
	case noTest:
		return nil, fmt.Errorf("%s holds no test review: expected IMDB's training and test halves", b.source)
	}
	// The published data set has both classes in both halves.
	if missing := classesWithoutTest(d.Labels, d.Test); len(missing) > 0 {
		return nil, fmt.Errorf("%s: %w", b.source, &EmptyClassError{Dataset: d.Name, Half: halves.Test, Class: missing[0]})
	}
	return d, nil
}
