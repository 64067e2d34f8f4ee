package decode

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/ulikunitz/xz"
)

func openXZ(r *bufio.Reader) (io.ReadCloser, error) {
	headers := &xzHeaders{r: r}
	decoder, err := xz.NewReader(headers)
	if err != nil {
		return nil, err
	}
	return &xzReader{decoder, headers}, nil
}

// xzReader reports the error of a header as it is: the library may report another one.
type xzReader struct {
	*xz.Reader
	headers *xzHeaders
}

func (r *xzReader) Close() error { return nil }

func (r *xzReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.headers.err != nil && err != nil {
		err = r.headers.err
	}
	return n, err
}

// xzHeaders refuses the header of a block with a dictionary that is too large, since the library
// allocates as much as a header states, and a file may have any number of blocks. It recognizes a
// header by the library's two reads: a byte with the size, and the rest. To find the headers from the
// sizes of the chunks before them is not safe: the library may skip fewer bytes than a chunk states.
type xzHeaders struct {
	r    *bufio.Reader
	size int   // of the rest, if the last read was a single byte
	err  error // the error for a header
}

func (h *xzHeaders) Read(p []byte) (int, error) {
	if h.err != nil {
		return 0, h.err
	}
	const maxHeader = 4 * 256
	if len(p) == 0 || len(p) > maxHeader {
		h.size = 0
		return h.r.Read(p)
	}
	n, err := io.ReadFull(h.r, p) // the library's read, not a part of it
	if n == len(p) && n == h.size {
		if size := xzDictionary(p); size > maxXZDictionary {
			h.err = &windowError{size, maxXZDictionary}
			return 0, h.err
		}
	}
	h.size = 0
	if len(p) == 1 && n == 1 {
		h.size = 4*(int(p[0])+1) - 1
	}
	if n > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// ReadByte is used for the content of chunks.
func (h *xzHeaders) ReadByte() (byte, error) {
	h.size = 0
	return h.r.ReadByte()
}

// xzDictionary returns the size of the LZMA2 dictionary in the header of a block after its first
// byte, in bytes; 0 if there is none. Source: The .xz File Format 1.2.1, sections 3.1 and 5.3.1.
func xzDictionary(header []byte) uint64 {
	const lzma2, moreFilters = 0x21, 0x03
	flags, rest := header[0], header[1:]
	number := func() uint64 {
		value, n := binary.Uvarint(rest)
		rest = rest[max(n, 0):]
		if n <= 0 {
			rest = nil
		}
		return value
	}
	for _, present := range []byte{0x40, 0x80} { // the compressed and the uncompressed size
		if flags&present != 0 {
			number()
		}
	}
	for range 1 + flags&moreFilters {
		id, size := number(), number()
		if uint64(len(rest)) < size {
			return 0
		}
		if id == lzma2 && size == 1 {
			bits := rest[0] & 0x3f
			if bits >= 40 {
				return 1<<32 - 1
			}
			return uint64(2|bits&1) << (bits/2 + 11)
		}
		rest = rest[size:]
	}
	return 0
}
