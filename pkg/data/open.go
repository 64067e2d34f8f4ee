package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The two halves, as IMDB's folders and a record's split name them, and the
// split of unlabelled reviews, which the hub calls so.
const (
	train        = "train"
	test         = "test"
	unsupervised = "unsupervised"
)

const specHelp = `expected "sample" (600 reviews that come with the package), "imdb" (from the Hugging Face hub), IMDB's archive (.tar.gz, .tar.xz) or unpacked folder, ` +
	`a .jsonl, .csv or .parquet file, or a folder that holds train and test (and, for texts without labels, unsupervised) in one of these formats`

// noLabel is the label of a review without one.
const noLabel = -1

// Opener says how to open a data set. The zero value is ready to use.
type Opener struct {
	// Raw keeps texts as they are, instead of passing them through [Clean].
	Raw bool
	// Unlabelled also reads the source's unlabelled reviews, of which IMDB has
	// 50,000, and makes it an error (ErrNoUnlabelled) if there are none. A source
	// that holds nothing else is a data set too.
	Unlabelled bool
	// Progress, if not nil, is told the bytes read (or, from the hub,
	// downloaded) so far and in all, often enough to draw a bar.
	Progress func(done, total int64)

	// textsOnly, with Unlabelled: a table's records may lack labels or have any, and the
	// source may lack unlabelled reviews; a table's test half is not read. The result is
	// no data set that Validate accepts.
	textsOnly bool
}

// halves are the parts of a data set that are wanted.
func (o Opener) halves() []string {
	if o.textsOnly {
		return []string{train, unsupervised}
	}
	if o.Unlabelled {
		return []string{train, test, unsupervised}
	}
	return []string{train, test}
}

// IsIMDB reports whether spec names the IMDB data set, as [Open] takes it: on the hub,
// as an archive or as a folder.
func IsIMDB(spec string) bool {
	switch spec {
	case Sample:
		return false
	case imdbName, imdbRepo.ID:
		return true
	}
	if compressionOf(spec) != nil {
		return true // no other data set is read from an archive
	}
	_, ok := imdbRoot(spec)
	return ok
}

// Open reads the data set that spec names, cleaned by [Clean]; [Opener.Open]
// has the whole story.
func Open(ctx context.Context, spec string) (*Dataset, error) { return Opener{}.Open(ctx, spec) }

// Open reads the data set that spec names:
//
//   - "sample": 600 short film reviews that are part of this package, 400 to
//     train and 200 to test, half of them "neg" and half "pos". They were written
//     for this project; the data card sample/README.md tells how. Neither
//     network nor file is needed. (A file of that name is opened as "./sample".)
//   - "imdb" or "stanfordnlp/imdb": IMDB from the Hugging Face hub, downloaded
//     on first use (some 40 MB of Parquet) into the cache that HF_HOME names;
//     HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE are honoured. Ratings are unknown.
//   - a .tar.gz, .tgz, .tar.xz or .txz file: IMDB's archive aclImdb_v1.tar.gz,
//     read as a stream, nothing is unpacked to disk.
//   - a folder with train/neg, train/pos, test/neg and test/pos in it: IMDB as the
//     archive unpacks, the folder aclImdb itself or the one above it. Order and
//     content are the archive's: negative before positive reviews, each by number.
//   - a .jsonl or .ndjson file: one JSON object a line, with the fields "text"
//     and "label" (an integer or a name) and, if wanted, "id", "rating" (a number
//     up to 10) and "split" ("train", "test" or "unsupervised"). Names count as
//     they are written: "Text" is another field. Other fields and blank lines are
//     passed over.
//   - a .csv file: the same as columns that a header line names (RFC 4180).
//   - a .parquet file: the same as columns; class names from the Hugging Face
//     "datasets" metadata are used. Numbers may be DECIMAL, unsigned or, as
//     ratings and ids, floating-point. A column "id" or "rating" of another type,
//     such as a time, is left out with a warning; as text, label or split it is an
//     error. Codecs: none, Snappy, gzip, Brotli and Zstandard.
//   - a folder with train.jsonl (or .csv, .parquet) and test.jsonl in it, and
//     unsupervised.jsonl if there is one. A half may lie in several files, as the
//     hub names them (train-00000-of-00002.parquet), or in a folder of its own
//     (train/0000.parquet); and the whole in one folder within, such as the hub's
//     data. A validation split is left out with a warning.
//
// Unlabelled reviews are read if [Opener].Unlabelled asks for them: IMDB's
// train/unsup, the hub's split "unsupervised" (some 40 MB more), and the records
// of that split or file in other formats, whose label may be left out or -1.
// IMDB's archive of these alone is a data set too, without Train and Test.
//
// Texts are UTF-8, not blank, and of at most 1 MiB. Without "split", one file
// is all training. Names are numbered in alphabetical order, unless the file
// declares their order. A label that the file types as a number is the index of
// a class, from 0, also where the names are numbers; a string, as every label of a
// CSV file, is a name, and an index only where no class has this name.
//
// A class without a test review is a warning, one without a training review an
// [EmptyClassError].
//
// A bad record or file is a [LineError] or an [EntryError]; the result is
// checked as [Dataset.Validate] does. A cancelled context ends the reading with
// the context's error.
func (o Opener) Open(ctx context.Context, spec string) (*Dataset, error) {
	d, err := o.open(ctx, spec)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if o.Unlabelled && !o.textsOnly && len(d.Unlabelled) == 0 {
		return nil, fmt.Errorf("%s: %w: open it without asking for them, or another source with", spec, ErrNoUnlabelled)
	}
	if o.textsOnly {
		return d, nil
	}
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", spec, err)
	}
	if missing := d.classesWithoutTest(); len(missing) > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf("the test half has no review of the classes %q: "+
			"their support, recall and F1 are 0, macro averages count them with 0, and their ROC curves are undefined", missing))
	}
	return d, nil
}

func (o Opener) open(ctx context.Context, spec string) (*Dataset, error) {
	switch spec {
	case Sample:
		return o.openSample(ctx)
	case imdbName, imdbRepo.ID:
		return o.openHub(ctx)
	}
	info, err := os.Stat(spec)
	packed := compressionOf(spec)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("data %q: there is no such file or folder: %s", spec, specHelp)
	case err != nil:
		return nil, err
	case info.IsDir():
		if root, ok := imdbRoot(spec); ok {
			return o.openFolder(ctx, root)
		}
		tables, warnings, err := o.tablesIn(spec)
		if err != nil {
			return nil, err
		}
		return o.openTables(ctx, nameOf(spec), nil, warnings, tables...)
	case packed != nil:
		return o.openArchive(ctx, spec, packed)
	case isTable(spec):
		return o.openTables(ctx, nameOf(spec), nil, nil, table{path: spec})
	}
	switch strings.ToLower(filepath.Ext(spec)) {
	case ".arrow", ".feather", ".ipc":
		return nil, fmt.Errorf("data %q: Arrow files are not read: save it as Parquet, such as with to_parquet of datasets, pandas or polars", spec)
	}
	if looksLikeData(filepath.Base(spec)) || strings.EqualFold(filepath.Ext(spec), ".json") {
		return nil, fmt.Errorf("data %q is in a format that is not read: save it as JSON Lines (.jsonl, one object a line), CSV with commas (.csv) or Parquet, unpacked", spec)
	}
	return nil, fmt.Errorf("data %q: the name's ending tells no known format: %s", spec, specHelp)
}

// nameOf is the file's or folder's name without its ending.
func nameOf(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute // "." has a name too
	}
	name := filepath.Base(path)
	return strings.TrimSuffix(name, filepath.Ext(name))
}
