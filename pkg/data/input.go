package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lorabook/lorabook/internal/lfs"
)

// input is an open table: a stream of its decompressed content, and the format.
type input struct {
	*bufio.Reader
	path   string
	format fileFormat
	file   *os.File
	// packed is the decompressor below the stream, and nil for a file that is not compressed.
	packed *unpacked
	// spool holds the decompressed content for random access.
	spool *os.File
}

// peekSize is the number of bytes that determine the format.
const peekSize = 512

// openInput opens a file. The compression is that of the content, whatever the name says.
func openInput(path string, progress *meter) (_ *input, err error) {
	if err := lfs.CheckFile(path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	in := &input{path: path, file: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.close())
		}
	}()
	in.Reader = bufio.NewReaderSize(progress.reader(file), 1<<16)
	head, err := in.Peek(peekSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if c := compressionIn(head); c != nil {
		if in.packed, err = c.reader(in.Reader); err != nil {
			return nil, &os.PathError{Op: "decompress", Path: path, Err: err}
		}
		in.Reader = bufio.NewReaderSize(in.packed, 1<<16)
		if head, err = in.Peek(peekSize); err != nil && err != io.EOF {
			return nil, &os.PathError{Op: "decompress", Path: path, Err: err}
		}
	}
	if in.format, err = formatIn(path, head); err != nil {
		return nil, err
	}
	if in.format == "" {
		return nil, fmt.Errorf("%s: neither the extension of the name nor the content is that of a known format: %s", path, specHelp)
	}
	return in, nil
}

// randomAccess returns the decompressed content and its size. The content of a compressed file
// is written to a temporary file.
func (in *input) randomAccess() (io.ReaderAt, int64, error) {
	file := in.file
	if in.packed != nil {
		spool, err := os.CreateTemp("", "lorabook-*")
		if err != nil {
			return nil, 0, err
		}
		in.spool, file = spool, spool
		if _, err := io.Copy(spool, in.Reader); err != nil {
			return nil, 0, err
		}
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// fault returns the error of the decompression, or else err.
func (in *input) fault(err error) error {
	if in.packed != nil && in.packed.err != nil {
		return in.packed.err
	}
	return err
}

func (in *input) close() error {
	var err error
	if in.spool != nil {
		err = errors.Join(in.spool.Close(), os.Remove(in.spool.Name()))
	}
	if in.packed != nil {
		err = errors.Join(err, in.packed.Close())
	}
	return errors.Join(err, in.file.Close())
}
