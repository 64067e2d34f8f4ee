package data

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// foreignFormats are the signatures of other formats that occur under the names of tables,
// with advice.
var foreignFormats = []struct{ signature, advice string }{
	{"\x1f\x8b", "is compressed with gzip: unpack it, such as with gzip -d"},
	{"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it, such as with zstd -d"},
	{"\xfd7zXZ\x00", "is compressed with xz: unpack it, such as with xz -d"},
	{"BZh", "is compressed with bzip2: unpack it, such as with bzip2 -d"},
	{"PK\x03\x04", "is a zip archive or an Excel workbook: unpack it, or save the sheet as CSV in UTF-8"},
	{"\xd0\xcf\x11\xe0", "is an old Excel workbook: save the sheet as CSV in UTF-8"},
	{"PAR1", "is a Parquet file: give it a name that ends in .parquet"},
	{"ARROW1", "is an Arrow file: save it as Parquet, such as with to_parquet of datasets, pandas or polars"},
	{"\xff\xfe", "is encoded as UTF-16: save it as UTF-8, such as with iconv -f UTF-16 -t UTF-8"},
	{"\xfe\xff", "is encoded as UTF-16: save it as UTF-8, such as with iconv -f UTF-16 -t UTF-8"},
}

// checkForeign returns an error where a table's content has another format than its name. It
// does not move the file's offset.
func checkForeign(path string, file *os.File) error {
	head := make([]byte, 512)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil // the reader reports the error
	}
	head = head[:n]
	parquet := strings.EqualFold(filepath.Ext(path), ".parquet")
	for _, format := range foreignFormats {
		if bytes.HasPrefix(head, []byte(format.signature)) && !(parquet && format.signature == "PAR1") {
			return fmt.Errorf("%s %s", path, format.advice)
		}
	}
	// In UTF-16, every other byte of ASCII text is 0.
	if n >= 4 && !parquet && (head[0] == 0 && head[2] == 0 || head[1] == 0 && head[3] == 0) {
		return fmt.Errorf("%s is encoded as UTF-16: save it as UTF-8, such as with iconv -f UTF-16LE -t UTF-8", path)
	}
	return nil
}
