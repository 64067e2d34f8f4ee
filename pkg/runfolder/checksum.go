package runfolder

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"regexp"

	"github.com/lorabook/lorabook/internal/digest"
)

// The JSON objects of a run folder's results and history end with the field "crc32c": the
// CRC-32C, in hexadecimal, of the text before the preceding comma. An object without the field,
// from an earlier version or edited by hand, is read unchecked.

// checksumField matches the field at the end of an object; its group is the checksum.
var checksumField = regexp.MustCompile(`,\s*"crc32c":\s*"([0-9a-f]{8})"(\s*)}\s*$`)

// checksumLength is an upper bound of the field's length.
const checksumLength = 64

// withChecksum adds the checksum to the text of a JSON object, indented or on one line. Other texts
// and an empty object are unchanged.
func withChecksum(object []byte) []byte {
	text := bytes.TrimSpace(object)
	body, ok := bytes.CutSuffix(text, []byte("}"))
	if body = bytes.TrimRight(body, " \n"); !ok || len(body) < 2 || body[0] != '{' {
		return object
	}
	format := `%s,"crc32c":"%08x"}%s`
	if bytes.HasSuffix(text, []byte("\n}")) {
		format = "%s,\n  \"crc32c\": \"%08x\"\n}%s"
	}
	return fmt.Appendf(nil, format, body, crc32.Checksum(body, digest.Castagnoli), object[len(text):])
}

// withoutChecksum returns the text of an object without its checksum. A wrong checksum is an error.
func withoutChecksum(text []byte) ([]byte, error) {
	end := max(0, len(text)-checksumLength)
	found := checksumField.FindSubmatchIndex(text[end:])
	if found == nil {
		return text, nil
	}
	body, stated := text[:end+found[0]], text[end+found[2]:end+found[3]]
	if sum := crc32.Checksum(body, digest.Castagnoli); fmt.Sprintf("%08x", sum) != string(stated) {
		return nil, fmt.Errorf(`its checksum is %08x, but "crc32c" at its end states %s: the text was changed after it was written; if this was intended, remove the field "crc32c"`, sum, stated)
	}
	return fmt.Appendf(nil, "%s%s}\n", body, text[end+found[4]:end+found[5]]), nil
}
