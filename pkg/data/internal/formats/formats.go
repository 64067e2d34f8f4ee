// Package formats reads the records of one file: CSV in any dialect, JSON, JSON Lines, Parquet,
// Arrow, CoNLL, fastText, and text files of one class.
//
//	in, err := formats.Open(formats.Table{Path: path}, formats.Options{}, meter)
//	if err != nil {
//		return err
//	}
//	defer in.Close()
//	err = in.Records(records.Sink{Each: func(r records.Record) error { ... }})
//
// # Add a format
//
//  1. Write NAME.go: a constant of type Format, and a reader of an *Input that passes each example to
//     Sink.Each and each record that cannot be read to Sink.Bad. It reads the file as a stream. Copy
//     conll.go for records of fixed fields, jsonl.go for records of named fields, whose columns
//     objectReader chooses, parquet.go for a binary file.
//  2. In this file add the extensions, the reader, and a binary format to binaryFormats.
//  3. Test it in package data: examples of each task that the format can express, a record that cannot
//     be read, and a fuzz target as FuzzJSONL. Name the format in the comment of data.Open, in SpecHelp
//     and in docs/formats.md.
//
// The rest follows from the lists: compressed files, archives, folders with halves, patterns, the hub,
// the treatment of bad records, and labels by name.
package formats

import (
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// Format is the name of a file format.
type Format string

const (
	formatJSONL   Format = "jsonl"
	formatJSON    Format = "json"
	formatCSV     Format = "csv"
	formatParquet Format = "parquet"
	// Arrow is an Arrow stream or file.
	Arrow Format = "arrow"
)

// extensions are the formats by the extension of the file name, without the extension of a
// compression.
var extensions = map[string]Format{
	".jsonl":   formatJSONL,
	".ndjson":  formatJSONL,
	".json":    formatJSON,
	".csv":     formatCSV,
	".tsv":     formatCSV,
	".tab":     formatCSV,
	".txt":     formatCSV,
	".conll":   formatCoNLL,
	".iob":     formatCoNLL,
	".iob2":    formatCoNLL,
	".bio":     formatCoNLL,
	".conllu":  formatCoNLL, // its reader says what it expects
	".parquet": formatParquet,
	".arrow":   Arrow,
	".arrows":  Arrow,
	".feather": Arrow,
	".ipc":     Arrow,
}

// readers are the readers of the formats. A reader reads the file as a stream, in pieces of
// bounded size. An error in a record is a decode.LineError.
var readers = map[Format]func(in *Input, sink records.Sink) error{
	formatJSONL:    func(in *Input, sink records.Sink) error { return ReadJSONL(in, sink) },
	formatJSON:     func(in *Input, sink records.Sink) error { return ReadJSON(in, sink) },
	formatCSV:      readDelimited,
	Arrow:          func(in *Input, sink records.Sink) error { return readArrow(in, sink) },
	Text:           readText,
	Lines:          readLines,
	formatCoNLL:    readCoNLL,
	formatFastText: readFastText,
	formatParquet: func(in *Input, sink records.Sink) error {
		r, size, err := in.randomAccess()
		if err != nil {
			return err
		}
		return ReadParquet(r, size, sink)
	},
}

// binaryFormats are the formats that have no text encoding.
var binaryFormats = []Format{formatParquet, Arrow}

// Of returns the format of a file by its name, and "" for a name without the extension of
// a format.
func Of(path string) Format {
	stem, _ := decode.CutCompression(path)
	return extensions[strings.ToLower(filepath.Ext(stem))]
}

// IsTable reports whether a file in a folder is a table by its name. Folders have .json files of
// other kinds, so that only those named after a split are tables; a .txt file is one only if it
// is opened by its name.
func IsTable(path string) bool {
	stem, _ := decode.CutCompression(path)
	switch strings.ToLower(filepath.Ext(stem)) {
	case ".txt":
		return false
	case ".json":
		return halves.IsName(Stem(path))
	}
	return Of(path) != ""
}

// Stem returns the name of a file without its extension and that of its compression.
func Stem(path string) string {
	name, _ := decode.CutCompression(filepath.Base(path))
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// SpecHelp lists what Open reads, for errors.
const SpecHelp = `expected "sample" (600 reviews that come with the package), "imdb" or owner/name (from the Hugging Face hub), IMDB's archive (.tar.gz, .tar.xz) or unpacked folder, ` +
	`a .jsonl, .csv or .parquet file, also compressed, a .zip archive of such files or of a folder, a pattern or a list of such files (data/part-*.csv), a folder that holds train and test (and, for texts without labels, unsupervised) in one of these formats, or a folder with a folder or a .txt file for each class`
