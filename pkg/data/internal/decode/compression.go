// Package decode turns the bytes of a file into text: it decompresses them, decodes them to
// UTF-8, and cleans texts of HTML remains. It also counts the bytes that are read.
package decode

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The largest windows of a decoder in bytes, which limit its memory: those of zstd --ultra -22 and of
// xz -9.
const (
	maxZstandardWindow = 128 << 20
	maxXZDictionary    = 64 << 20
)

// Compression is a compression of a whole file.
type Compression struct {
	Name      string // with its article
	extension string
	// matches reports whether the first bytes of a file begin with the signature.
	matches func(head []byte) bool
	// Open returns the decompressed content. The caller closes it.
	Open func(*bufio.Reader) (io.ReadCloser, error)
}

// The compressions that are read.
var (
	Gzipped = Compression{"a gzip file", ".gz", Signature("\x1f\x8b"),
		func(r *bufio.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }}
	Bzipped = Compression{"a bzip2 file", ".bz2", isBzip2,
		func(r *bufio.Reader) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(r)), nil }}
	Zstandard = Compression{"a Zstandard file", ".zst", isZstandard, openZstandard}
	Xzipped   = Compression{"an xz file", ".xz", Signature("\xfd7zXZ\x00"), openXZ}

	compressions = []*Compression{&Gzipped, &Bzipped, &Zstandard, &Xzipped}
)

// Signature returns a function that reports whether the first bytes of a file begin with prefix.
func Signature(prefix string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(prefix)) }
}

// isBzip2 also requires the mark of a block or of the end: "BZh" may begin a text.
func isBzip2(head []byte) bool {
	if len(head) < 10 || !bytes.HasPrefix(head, []byte("BZh")) || head[3] < '1' || head[3] > '9' {
		return false
	}
	mark := string(head[4:10])
	return mark == "1AY&SY" || mark == "\x17\x72\x45\x38\x50\x90"
}

// isZstandard accepts a skippable frame too, which pzstd and zstd's seekable format write first.
func isZstandard(head []byte) bool {
	skippable := len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18"
	return skippable || bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd"))
}

func openZstandard(r *bufio.Reader) (io.ReadCloser, error) {
	decoder, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstandardWindow))
	if err != nil {
		return nil, err
	}
	return decoder.IOReadCloser(), nil
}

// windowError reports a file that needs a larger window for decompression than the limit, in bytes.
// A size of 0 is unknown.
type windowError struct{ size, limit uint64 }

func (e *windowError) Error() string {
	needs := ""
	if e.size > 0 {
		needs = fmt.Sprintf(" of %d MiB", e.size>>20)
	}
	return fmt.Sprintf("its decompression needs a window%s, expected at most %d MiB: decompress it, or compress it again with a lower level", needs, e.limit>>20)
}

// CompressionIn returns the compression of a file by its first bytes, and nil for a file
// without one.
func CompressionIn(head []byte) *Compression {
	for _, c := range compressions {
		if c.matches(head) {
			return c
		}
	}
	return nil
}

// CutCompression removes the extension of a compression from a name.
func CutCompression(name string) (string, *Compression) {
	ending := strings.ToLower(filepath.Ext(name))
	for _, c := range compressions {
		if ending == c.extension {
			return name[:len(name)-len(ending)], c
		}
	}
	return name, nil
}

// Unpacked reads the decompressed content of a file. It keeps the first error of the
// decompression, because a reader of a format may report the text before the error instead.
type Unpacked struct {
	io.ReadCloser
	kind *Compression
	Err  error // the first error of the decompression
}

// Reader returns the decompressed content. An error says what to do.
func (c *Compression) Reader(r *bufio.Reader) (*Unpacked, error) {
	content, err := c.Open(r)
	if err != nil {
		return nil, c.fault(err)
	}
	return &Unpacked{ReadCloser: content, kind: c}, nil
}

func (u *Unpacked) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = u.kind.fault(err)
		u.Err = err
	}
	return n, err
}

// fault describes an error of the decompression.
func (c *Compression) fault(err error) error {
	var window *windowError
	switch {
	case errors.As(err, &window):
		return window
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &windowError{limit: maxZstandardWindow}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("it is %s that ends too early (%w): the file is incomplete, copy or download it again", c.Name, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("it is %s that is damaged (%w): copy or download it again", c.Name, err)
}
