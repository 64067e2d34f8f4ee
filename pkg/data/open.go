package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/hubdata"
	"github.com/lorabook/lorabook/pkg/data/internal/layout"
)

// noLabel is the label of an unlabelled review.
const noLabel = -1

// Opener opens data sets with options. The zero value is ready to use.
type Opener struct {
	// Raw leaves texts as they are. Otherwise [Clean] cleans them.
	Raw bool
	// Unlabelled also reads the source's unlabelled reviews. IMDB has 50,000. A source
	// without any is an error ([ErrNoUnlabelled]); a source may contain only them.
	Unlabelled bool
	// Evaluation reads labelled examples on which a trained model is evaluated. What a training accepts is
	// read in the same way; of other data less is required: no training half, only one class, and no
	// training example of each class. The classes are those that the source declares, or else those of all
	// halves: the classes of the training half have the indices that they have for a training, and
	// classes that only other halves have come after them. Labels may be all different, numbers all
	// the same. -1 among integers without declared names is a class of this name where there are no
	// training examples, unless bad rows are skipped: compare the names of the classes with those of the
	// model. A source without a label is an error, as is a test half with hidden labels (see
	// [Dataset].HiddenTest) where no other half has labels. Validate may refuse the result. OpenTexts and Each ignore the field.
	Evaluation bool
	// Columns names the columns of a table. Empty fields are found.
	Columns Columns
	// Task determines how labels are read; "" means SingleLabel.
	//
	// For MultiLabel the label of a record is a list of class names or indices, a string of
	// names with a separator, "action|comedy", or several columns of 0 and 1. For Regression
	// it is a finite number. For TokenClassification the text of a record is a list of words
	// ("tokens"), and its label a list of tags ("ner_tags", "tags"), names or indices of declared
	// names. Or each row has one word and its tag, and the rows of a sentence, one after the other, have
	// its number ("sentence_id", "Sentence #") in each of them or in the first.
	Task Task
	// Delimiter separates the fields of a CSV file: one character, or "comma", "semicolon",
	// "tab" or "pipe". Empty, it is found in the first lines.
	Delimiter string
	// Header states whether a CSV file has a header line. Empty, it is found in the first
	// lines.
	Header Header
	// Quotes states the role of double quotes in a CSV file. Empty, it is found in the first
	// lines.
	Quotes Quotes
	// LabelSeparator separates the class names in a string, for MultiLabel. Empty, it is found
	// among "|", ";" and ",".
	LabelSeparator string
	// BadRows states the treatment of records that cannot be used; "" means FailBadRows.
	BadRows BadRows
	// Encoding is the encoding of text files that are not in UTF-8: "latin1" (ISO 8859-1),
	// "windows-1252", another page of Windows or ISO 8859, "koi8-r", "utf-16", "utf-16le" or
	// "utf-16be". Parquet files are not affected.
	Encoding string
	// Progress, if not nil, is called with the numbers of bytes that are read (from the hub:
	// downloaded) so far and in total, often enough for a progress bar.
	Progress func(done, total int64)
	// HeldBytes is the memory that [Opener.Outline] uses for examples, in bytes. The texts of a table
	// that takes more are not held, but read again. 0 means 128 MiB; a negative number holds no texts.
	HeldBytes int64
	// OnColumns, if not nil, is called for each table with its columns before the records are
	// read. Where they cannot be chosen, it is called with the roles that were found, before the
	// error.
	OnColumns func([]Column)

	// textsOnly, with Unlabelled, accepts records of a table with any label or none and a
	// source without unlabelled reviews, and does not read the validation and test halves of a
	// table.
	// Validate does not accept the result.
	textsOnly bool
	// outline, if not nil, receives the outline of tables, whose examples are not held: see Outline.
	outline *Outline
	// each, if not nil, receives the records of tables instead of the data set: see Each.
	each func(Example, error) error
}

// IsIMDB reports whether [Open] reads spec as IMDB: from the hub, an archive or a folder.
func IsIMDB(spec string) bool {
	switch spec {
	case Sample:
		return false
	case imdbName, imdbRepo.ID:
		return true
	}
	if archiveCompression(spec) != nil {
		return true // only IMDB is read from an archive
	}
	_, ok := imdbRoot(spec)
	return ok
}

// Open reads the data set spec with the default options: see [Opener.Open].
func Open(ctx context.Context, spec string) (*Dataset, error) { return Opener{}.Open(ctx, spec) }

// Open reads the data set spec:
//
//   - "sample": 600 short film reviews that are embedded in this package, 400 for
//     training and 200 for testing, half of them "neg" and half "pos". They were
//     written for this project: see the data card sample/README.md. (A file of that
//     name is opened as "./sample".)
//
//   - "imdb" or "stanfordnlp/imdb": IMDB from the Hugging Face hub, downloaded
//     on first use (about 40 MB of Parquet) into the cache in HF_HOME. HF_ENDPOINT,
//     HF_TOKEN and HF_HUB_OFFLINE are honoured. Ratings are unknown.
//
//   - a .tar.gz, .tgz, .tar.xz or .txz file: IMDB's archive aclImdb_v1.tar.gz,
//     read as a stream without unpacking it to disk.
//
//   - a folder with train/neg, train/pos, test/neg and test/pos: the unpacked archive
//     of IMDB, either aclImdb itself or the folder above it. Order and content are
//     those of the archive: negative before positive reviews, each by number.
//
//   - a .jsonl or .ndjson file: one JSON object a line, with the fields "text"
//     and "label" (an integer or a name) and optionally "text_pair", "id", "rating" (a
//     number up to 10) and "split" ("train", "validation", also valid, val,
//     dev, devel, development, eval and evaluation, "test" or "unsupervised", in any case). [records.Columns]
//     names other fields; obvious ones are found. Notes name the fields that are not
//     used. Blank lines are skipped.
//
//   - a .json file: an array of such objects, JSON Lines, an object with one array
//     of them or one for each split, or a table as pandas.DataFrame.to_json writes it.
//
//   - a .csv, .tsv, .tab or .txt file: the same as columns. The delimiter, the role of
//     quotes and the header line are found, or set by Delimiter, Quotes and Header.
//
//   - a .txt file, or one of another name, whose first line begins with a label of fastText:
//     "__label__soup __label__cold A text". A .txt file whose first line is a JSON object is read
//     as JSON Lines.
//
//   - a .parquet file: the same as columns; class names from the Hugging Face
//     "datasets" metadata are used. Numbers may be DECIMAL, unsigned or, as
//     ratings and ids, floating-point. A column "id" or "rating" of another type,
//     such as a time, is left out with a warning; as text, label or split it is an
//     error. Codecs: none, Snappy, gzip, Brotli and Zstandard.
//
//   - for TokenClassification, a file with a word on each line, its tag in the last column, and a
//     blank line after each sentence, as CoNLL-2003 has it: .conll, .iob or .bio, or another
//     name with this content; or a folder of .txt files with this content, whose names contain
//     their halves. A note states the scheme of the tags: IOB1, IOB2, BIOES or BILOU.
//
//   - a folder with train.jsonl (or .csv, .parquet), and optionally test.jsonl,
//     validation.jsonl (or another name of this half) and unsupervised.jsonl. A half may
//     consist of several files with the hub's names (train-00000-of-00002.parquet), or lie
//     in a folder (train/0000.parquet). All of it may lie in one folder within, such as
//     the hub's "data". Or a folder of files whose names have the halves as words: sts-train.tsv,
//     sts-dev.tsv and sts-test.tsv.
//
//   - an Arrow stream or file (.arrow, .arrows, .feather, .ipc), and a folder that
//     save_to_disk of the datasets library wrote, of a Dataset or a DatasetDict.
//
//   - a pattern such as "data/part-*.csv", or a list of files and patterns, separated by
//     commas. Files are assigned to halves by their names; where none is named after a half,
//     they are read as one file. A missing shard of several is an error.
//
//   - a folder with a folder for each class and a .txt file for each text, or with a file
//     for each class and a text on each line (pos.txt and neg.txt, rt-polarity.pos and
//     rt-polarity.neg). Either may lie in the folders train, test and validation.
//
//   - "owner/name", "owner/name:config", each optionally with "@revision": a data set of the
//     Hugging Face hub, where no local file has this name. Without a revision, its
//     conversion to Parquet by the hub is read, or where there is none the repository.
//
//   - a .zip archive of one such file, of files whose names contain their halves
//     (ReviewsTrain.csv and ReviewsTest.csv), or of one of these folders. It is unpacked into a
//     temporary folder, at most to 4 GiB or to a hundred times its size.
//
// A file of any of these formats may be compressed with gzip, bzip2, Zstandard or xz, and
// [Opener].Encoding is the encoding of text files that are not in UTF-8. The content of a
// file determines its compression and, if it is a binary format, its format; otherwise its
// extension.
//
// With [Opener].Unlabelled, the unlabelled reviews are read too: IMDB's train/unsup, the
// hub's split "unsupervised" (about 40 MB more), and the records of that split or file in
// other formats, whose label is missing or -1. A source with only unlabelled reviews is a
// data set without Train and Test.
//
// Texts must be UTF-8, not blank, and at most 1 MiB long. Without "split", all records of a
// single file are training reviews. Classes are in alphabetical order, unless the file
// declares their order. Integers without declared names are classes in ascending order, with
// these integers as names. Where names are declared, a label with a number type is the index
// of a class, from 0, also where the names are numbers; a string, such as every label of a CSV
// file, is a name, and an index only where no class has this name.
//
// A class without a test review gives a warning, and a class without a training review an
// [EmptyClassError]. [Opener].Evaluation requires less.
//
// An error in a record or file is a [decode.LineError] or an [EntryError]. Open checks the result
// with [Dataset.Validate]. Where ctx ends, Open returns the error of ctx.
func (o Opener) Open(ctx context.Context, spec string) (*Dataset, error) {
	if ctx == nil {
		return nil, errors.New("data: the context is nil: pass context.Background()")
	}
	if err := o.checkSettings(); err != nil {
		return nil, err
	}
	if _, err := decode.EncodingOf(o.Encoding); err != nil {
		return nil, err
	}
	d, err := o.open(ctx, spec)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if o.Unlabelled && !o.textsOnly && len(d.Unlabelled) == 0 {
		return nil, fmt.Errorf("%s: %w: leave Opener.Unlabelled out, or open another source", spec, ErrNoUnlabelled)
	}
	if o.textsOnly {
		return d, nil
	}
	if o.Evaluation { // which classes have examples matters in the part that is evaluated
		if err := d.validateEvaluation(); err != nil {
			return nil, fmt.Errorf("%s: %w", spec, err)
		}
		return d, nil
	}
	if err := d.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", spec, err)
	}
	d.Warnings = append(d.Warnings, d.taskWarnings()...)
	d.Warnings = append(d.Warnings, d.TestWarnings()...)
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
	packed := archiveCompression(spec)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if paths, ok, err := layout.Files(spec); ok {
			return o.openSeveral(ctx, spec, paths, err)
		}
		if name, ok := hubdata.ParseName(spec); ok {
			return o.openHubData(ctx, spec, name)
		}
		return nil, fmt.Errorf("data %q: there is no such file or folder: %s", spec, formats.SpecHelp)
	case err != nil:
		return nil, err
	case info.IsDir():
		if root, ok := imdbRoot(spec); ok {
			return o.openFolder(ctx, root)
		}
		if paths := layout.Tagged(spec, o.inputOptions()); paths != nil {
			return o.openSeveral(ctx, spec, paths, nil)
		}
		found, err := layout.Folder(spec, o.wanted())
		if err != nil {
			return nil, err
		}
		return o.openFound(ctx, layout.BaseName(spec), found)
	case packed != nil:
		return o.openArchive(ctx, spec, packed)
	case layout.IsZip(spec):
		return o.openZip(ctx, spec)
	}
	if formats.Of(spec) == "" && layout.LooksLikeData(filepath.Base(spec)) {
		return nil, fmt.Errorf("data %q is in a format that is not read: save it as JSON Lines (.jsonl, one object a line), CSV with commas (.csv) or Parquet, unpacked", spec)
	}
	return o.openTables(ctx, layout.BaseName(spec), nil, layout.ShardWarning(spec), formats.Table{Path: spec})
}

// openSeveral reads the files of a pattern or a list. err is the error of finding them.
func (o Opener) openSeveral(ctx context.Context, spec string, paths []string, err error) (*Dataset, error) {
	if err != nil {
		return nil, err
	}
	tables, err := layout.TablesOf(paths, o.wanted())
	if err != nil {
		return nil, fmt.Errorf("data %q: %w", spec, err)
	}
	tables = slices.DeleteFunc(tables, func(t formats.Table) bool { return t.Half != "" && !o.wanted().Has(t.Half) })
	if len(tables) == 0 {
		return nil, layout.OnlyUnlabelledError(spec)
	}
	d, err := o.openTables(ctx, layout.SeveralName(spec, paths), nil, layout.HalvesWarning(tables), tables...)
	if err == nil && len(paths) > 1 {
		d.Notes = append([]string{layout.FilesNote(paths, tables)}, d.Notes...)
	}
	return d, err
}

// openFound reads the files that were found in a folder.
func (o Opener) openFound(ctx context.Context, name string, found layout.Found) (*Dataset, error) {
	d, err := o.openTables(ctx, name, nil, found.Warnings, found.Tables...)
	if err == nil {
		d.Notes = append(found.Notes, d.Notes...)
	}
	return d, err
}

// wanted states what is read of a data set.
func (o Opener) wanted() layout.Wanted {
	return layout.Wanted{Halves: o.halves(), Evaluation: o.Evaluation, TextsOnly: o.textsOnly}
}

// halves returns the parts of a data set to read.
func (o Opener) halves() []string {
	if o.textsOnly && o.each == nil {
		return []string{halves.Train, halves.Unsupervised}
	}
	if o.Unlabelled {
		return []string{halves.Train, halves.Validation, halves.Test, halves.Unsupervised}
	}
	return []string{halves.Train, halves.Validation, halves.Test}
}
