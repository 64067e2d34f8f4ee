package data

import (
	"bytes"
	"fmt"
	"strings"
)

// signatures are the formats that the first bytes of a file identify.
var signatures = []struct {
	signature string
	format    fileFormat
}{
	{"PAR1", formatParquet},
}

// foreignFormats are the signatures of formats that are not read, with advice.
var foreignFormats = []struct{ signature, advice string }{
	{"PK\x03\x04", "is a zip archive or an Excel workbook: unpack it, or save the sheet as CSV in UTF-8"},
	{"\xd0\xcf\x11\xe0", "is an old Excel workbook: save the sheet as CSV in UTF-8"},
	{"ARROW1", "is an Arrow file: save it as Parquet, such as with to_parquet of datasets, pandas or polars"},
	{"\xff\xfe", "is encoded as UTF-16: save it as UTF-8, such as with iconv -f UTF-16 -t UTF-8"},
	{"\xfe\xff", "is encoded as UTF-16: save it as UTF-8, such as with iconv -f UTF-16 -t UTF-8"},
}

// formatIn returns the format of a file by its first decompressed bytes, and otherwise by its
// name. A file in a format that is not read is an error.
func formatIn(path string, head []byte) (fileFormat, error) {
	for _, known := range signatures {
		if strings.HasPrefix(string(head), known.signature) {
			return known.format, nil
		}
	}
	for _, foreign := range foreignFormats {
		if bytes.HasPrefix(head, []byte(foreign.signature)) {
			return "", fmt.Errorf("%s %s", path, foreign.advice)
		}
	}
	if c := compressionIn(head); c != nil {
		return "", fmt.Errorf("%s is compressed twice, and the inner file is %s: decompress it once", path, c.name)
	}
	named := formatOf(path)
	if named == formatParquet {
		return named, nil // its reader reports the damage
	}
	// In UTF-16, every other byte of ASCII text is 0.
	if len(head) >= 4 && (head[0] == 0 && head[2] == 0 || head[1] == 0 && head[3] == 0) {
		return "", fmt.Errorf("%s is encoded as UTF-16: save it as UTF-8, such as with iconv -f UTF-16LE -t UTF-8", path)
	}
	return named, nil
}
