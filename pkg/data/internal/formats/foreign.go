package formats

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/arrowipc"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
)

// signatures are the formats that the first bytes of a file identify.
var signatures = []struct {
	signature string
	format    Format
}{
	{"PAR1", formatParquet},
	{arrowipc.Magic, Arrow},
	{"\xff\xff\xff\xff", Arrow}, // a stream
}

// foreignFormats are the signatures of formats that are not read, with advice.
var foreignFormats = []struct{ signature, advice string }{
	{"PK\x03\x04", "is a zip archive or an Excel workbook: give an archive the extension .zip and open it alone, or save the sheet as CSV in UTF-8"},
	{"\xd0\xcf\x11\xe0", "is an old Excel workbook: save the sheet as CSV in UTF-8"},
	{"FEA1", "is a Feather file of version 1: save it with version 2, such as with to_feather of pandas"},
}

// formatIn returns the format of a file by its first decompressed bytes, and otherwise by its
// name. A file in a format that is not read is an error. encoded reports whether the caller gave
// the encoding of the text, and csv its options for a table.
func formatIn(path string, head []byte, encoded bool, csv CSV) (Format, error) {
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
	if c := decode.CompressionIn(head); c != nil {
		return "", fmt.Errorf("%s is compressed twice, and the inner file is %s: decompress it once", path, c.Name)
	}
	named := Of(path)
	if slices.Contains(binaryFormats, named) {
		return named, nil // its reader reports the damage
	}
	if wide := utf16In(head); wide != "" && !encoded {
		return "", fmt.Errorf("%s is encoded as UTF-16: set Opener.Encoding to %q (in a notebook -p encoding=%[2]s), or save it as UTF-8, such as with iconv -f %[3]s -t UTF-8",
			path, wide, strings.ToUpper(wide))
	}
	if strings.ToLower(filepath.Ext(path)) != ".csv" && (named == "" || named == formatCSV) && looksTagged(head) {
		return formatCoNLL, nil
	}
	mayBeOther := csv == (CSV{}) && (named == "" || tableExtension(path) == ".txt")
	switch {
	case mayBeOther && looksLikeFastText(head):
		return formatFastText, nil
	case named == "", mayBeOther && looksLikeJSONL(head):
		return textFormat(head), nil
	}
	return named, nil
}

// utf16In returns the encoding of text in UTF-16, and "" for other content. In UTF-16, every
// other byte of ASCII text is 0.
func utf16In(head []byte) string {
	switch {
	case decode.Signature("\xff\xfe")(head), decode.Signature("\xfe\xff")(head):
		return "utf-16"
	case len(head) < 4:
	case head[0] == 0 && head[2] == 0:
		return "utf-16be"
	case head[1] == 0 && head[3] == 0:
		return "utf-16le"
	}
	return ""
}

// looksLikeJSONL reports whether a text file begins with a JSON object, as some .txt files do.
func looksLikeJSONL(head []byte) bool {
	text, begins := bytes.CutPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n"), []byte("{"))
	return begins && bytes.HasPrefix(bytes.TrimLeft(text, " \t"), []byte(`"`))
}

// textFormat returns the format of text without a telling name: JSON Lines begins with an
// object, and the first lines of a table have the same delimiter.
func textFormat(head []byte) Format {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n")
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return formatJSONL
	case bytes.IndexByte(head, 0) >= 0:
		return ""
	case bytes.ContainsRune(first, ',') && len(bytes.TrimSpace(rest)) > 0:
		return formatCSV
	}
	second, _, _ := bytes.Cut(rest, []byte("\n"))
	for _, delimiter := range "\t;|" {
		if bytes.ContainsRune(first, delimiter) && bytes.ContainsRune(second, delimiter) {
			return formatCSV
		}
	}
	return ""
}
