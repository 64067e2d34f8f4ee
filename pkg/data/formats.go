package data

import (
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// fileFormat is the name of a file format.
type fileFormat string

const (
	formatJSONL   fileFormat = "jsonl"
	formatJSON    fileFormat = "json"
	formatCSV     fileFormat = "csv"
	formatParquet fileFormat = "parquet"
	formatArrow   fileFormat = "arrow"
)

// extensions are the formats by the extension of the file name, without the extension of a
// compression.
var extensions = map[string]fileFormat{
	".jsonl":   formatJSONL,
	".ndjson":  formatJSONL,
	".json":    formatJSON,
	".csv":     formatCSV,
	".tsv":     formatCSV,
	".tab":     formatCSV,
	".txt":     formatCSV,
	".parquet": formatParquet,
	".arrow":   formatArrow,
	".arrows":  formatArrow,
	".feather": formatArrow,
	".ipc":     formatArrow,
}

// readers are the readers of the formats. A reader reads the file as a stream, in pieces of
// bounded size. An error in a record is a lineError.
var readers = map[fileFormat]func(in *input, sink records.Sink) error{
	formatJSONL: func(in *input, sink records.Sink) error { return readJSONL(in, sink) },
	formatJSON:  func(in *input, sink records.Sink) error { return readJSON(in, sink) },
	formatCSV:   func(in *input, sink records.Sink) error { return readCSV(in, in.path, in.csv, sink) },
	formatArrow: func(in *input, sink records.Sink) error { return readArrow(in, sink) },
	formatText:  readText,
	formatLines: readLines,
	formatParquet: func(in *input, sink records.Sink) error {
		r, size, err := in.randomAccess()
		if err != nil {
			return err
		}
		return readParquet(r, size, sink)
	},
}

// binaryFormats are the formats that have no text encoding.
var binaryFormats = []fileFormat{formatParquet, formatArrow}

// formatOf returns the format of a file by its name, and "" for a name without the extension of
// a format.
func formatOf(path string) fileFormat {
	stem, _ := decode.CutCompression(path)
	return extensions[strings.ToLower(filepath.Ext(stem))]
}

// isTable reports whether a file in a folder is a table by its name. Folders have .json files of
// other kinds, so that only those named after a split are tables; a .txt file is one only if it
// is opened by its name.
func isTable(path string) bool {
	stem, _ := decode.CutCompression(path)
	switch strings.ToLower(filepath.Ext(stem)) {
	case ".txt":
		return false
	case ".json":
		return halves.IsName(stemOf(path))
	}
	return formatOf(path) != ""
}

// stemOf returns the name of a file without its extension and that of its compression.
func stemOf(path string) string {
	name, _ := decode.CutCompression(filepath.Base(path))
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// specHelp lists what Open reads, for errors.
const specHelp = `expected "sample" (600 reviews that come with the package), "imdb" or owner/name (from the Hugging Face hub), IMDB's archive (.tar.gz, .tar.xz) or unpacked folder, ` +
	`a .jsonl, .csv or .parquet file, also compressed, a pattern or a list of such files (data/part-*.csv), a folder that holds train and test (and, for texts without labels, unsupervised) in one of these formats, or a folder with a folder or a .txt file for each class`
