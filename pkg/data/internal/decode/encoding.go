package decode

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// encodingHelp is the end of an error about text that is not UTF-8.
const encodingHelp = `convert the file to UTF-8, or set Opener.Encoding, such as "latin1" or "windows-1252" (in a notebook -p encoding=latin1)`

// encodingAliases are further names of encodings, normalized.
var encodingAliases = map[string]string{"latin1": "iso88591", "l1": "iso88591", "ascii": "utf8", "usascii": "utf8",
	"utf16": "utf16bom", "macroman": "macintosh", "latin9": "iso885915"}

// encodings are the encodings by their normalized names.
var encodings = func() map[string]encoding.Encoding {
	known := map[string]encoding.Encoding{
		"utf8":     nil,
		"utf16bom": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"utf16le":  unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
		"utf16be":  unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	}
	for _, e := range charmap.All {
		if named, ok := e.(fmt.Stringer); ok {
			known[plainEncoding(named.String())] = e
		}
	}
	return known
}()

// plainEncoding normalizes a name: "Windows 1252", "cp1252" and "windows-1252" are one encoding.
func plainEncoding(name string) string {
	name = strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	if page, ok := strings.CutPrefix(name, "cp125"); ok {
		name = "windows125" + page
	}
	if page, ok := strings.CutPrefix(name, "ibmcodepage"); ok {
		name = "cp" + page
	}
	if alias, ok := encodingAliases[name]; ok {
		return alias
	}
	return name
}

// EncodingOf returns the encoding of this name, and nil for UTF-8.
func EncodingOf(name string) (encoding.Encoding, error) {
	if name == "" {
		return nil, nil
	}
	e, ok := encodings[plainEncoding(name)]
	if !ok {
		return nil, fmt.Errorf(`Opener.Encoding (in a notebook -p encoding=...) is %q: expected "utf-8", "latin1", "windows-1252" or another of the Windows and ISO 8859 pages, "koi8-r", "utf-16", "utf-16le" or "utf-16be"; convert the files from another encoding with iconv`, name)
	}
	return e, nil
}

// Decoded reads text in an encoding as UTF-8.
func Decoded(r io.Reader, e encoding.Encoding, name string) *CheckedText {
	return &CheckedText{r: transform.NewReader(r, e.NewDecoder()), name: name, line: 1}
}

// CheckedText reports bytes without a meaning in the encoding. The decoder replaces them by
// U+FFFD.
type CheckedText struct {
	r    io.Reader
	name string
	line int
	tail []byte // the end of the last piece, which may hold a part of U+FFFD
	Err  error  // names the line of the byte without a meaning
}

func (c *CheckedText) Read(p []byte) (int, error) {
	if c.Err != nil {
		return 0, c.Err
	}
	n, err := c.r.Read(p)
	piece := slices.Concat(c.tail, p[:n])
	if at := bytes.Index(piece, []byte("\ufffd")); at >= 0 {
		c.Err = &LineError{Line: c.line + bytes.Count(piece[:at], []byte("\n")),
			Err: fmt.Errorf("a byte has no meaning in the encoding %s: set Opener.Encoding (in a notebook -p encoding=...) to the encoding of the file", c.name)}
		return 0, c.Err
	}
	keep := min(len(piece), len("\ufffd")-1)
	c.line += bytes.Count(piece[:len(piece)-keep], []byte("\n"))
	c.tail = append(c.tail[:0], piece[len(piece)-keep:]...)
	return n, err
}
