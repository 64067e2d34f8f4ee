package formats

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/regularfile"
	"github.com/lorabook/lorabook/internal/tempdir"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// Table is a file of records.
type Table struct {
	// Path is the path of the file.
	Path string
	Half string // train, validation, test or unsupervised; "": the split of each record, or train without one
	// Class is the class of all texts of a file without labels, and id the beginning of their
	// ids.
	Class, ID string
	// Format is set for such a file; otherwise it is found.
	Format Format
}

// Input is an open table: a stream of its decompressed content, decoded to UTF-8, and the
// format.
type Input struct {
	*bufio.Reader
	Table
	csv  CSV
	file *os.File
	// packed is the decompressor below the stream, and nil for a file that is not compressed.
	packed *decode.Unpacked
	// decoded is the decoder of the encoding, and nil for UTF-8.
	decoded *decode.CheckedText
	// removeSpool removes the temporary file with the decompressed content for random access, if
	// there is one.
	removeSpool func()
}

// peekSize is the number of bytes that determine the format.
const peekSize = 512

// bufferSize is the size of the buffers of a large file.
const bufferSize = 1 << 16

// Options are the options of the content of a file.
type Options struct {
	// Encoding is the name of the encoding of text, "" for UTF-8.
	Encoding string
	// CSV are the options of a CSV file.
	CSV CSV
}

// Open opens a file. The compression is that of the content, whatever the name says.
func Open(t Table, options Options, progress *decode.Meter) (_ *Input, err error) {
	path := t.Path
	encoding, err := decode.EncodingOf(options.Encoding)
	if err != nil {
		return nil, err
	}
	if err := lfs.CheckFile(path); err != nil {
		return nil, err
	}
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	in := &Input{Table: t, csv: options.CSV, file: file}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close())
		}
	}()
	size := bufferSize
	if info, err := file.Stat(); err == nil { // a data set may consist of many small files
		size = max(peekSize, min(size, int(info.Size())+1))
	}
	in.Reader = bufio.NewReaderSize(progress.Reader(file), size)
	head, err := in.Peek(peekSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if c := decode.CompressionIn(head); c != nil {
		if in.packed, err = c.Reader(in.Reader); err != nil {
			return nil, &os.PathError{Op: "decompress", Path: path, Err: err}
		}
		in.Reader = bufio.NewReaderSize(in.packed, size)
		if head, err = in.Peek(peekSize); err != nil && err != io.EOF {
			return nil, &os.PathError{Op: "decompress", Path: path, Err: err}
		}
	}
	found, err := formatIn(path, head, encoding != nil, options.CSV)
	switch {
	case err != nil:
		return nil, err
	case in.Format == "":
		in.Format = found
	case slices.Contains(binaryFormats, found):
		return nil, fmt.Errorf("%s is a file in the format %s: expected text", path, found)
	}
	if in.Format == "" {
		return nil, fmt.Errorf("%s: the extension of the name is not that of a known format, and neither is the content: %s", path, SpecHelp)
	}
	if encoding != nil && !slices.Contains(binaryFormats, in.Format) {
		in.decoded = decode.Decoded(in.Reader, encoding, options.Encoding)
		in.Reader = bufio.NewReaderSize(in.decoded, size)
	}
	return in, nil
}

// randomAccess returns the decompressed content and its size. The content of a compressed file
// is written to a temporary file.
func (in *Input) randomAccess() (io.ReaderAt, int64, error) {
	file := in.file
	if in.packed != nil {
		spool, remove, err := tempdir.File("lorabook-*")
		if err != nil {
			return nil, 0, err
		}
		in.removeSpool, file = remove, spool
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

// Records reads all records. The words of a table with one word in each row are joined to sentences. An error in a
// record is a decode.LineError.
func (in *Input) Records(sink records.Sink) error {
	joined := sentences{sink: sink}
	err := readers[in.Format](in, joined.wrap())
	if err == nil {
		err = joined.end()
	}
	return in.fault(err)
}

// Size returns the size of the file in bytes.
func (in *Input) Size() (int64, error) {
	info, err := in.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// fault returns the error of the decompression or of the encoding, or else err: a reader may
// report the text before it instead.
func (in *Input) fault(err error) error {
	if in.packed != nil && in.packed.Err != nil {
		return in.packed.Err
	}
	if in.decoded != nil && in.decoded.Err != nil {
		return in.decoded.Err
	}
	return err
}

// Close closes the file and removes the temporary copy of its content.
func (in *Input) Close() error {
	var err error
	if in.removeSpool != nil {
		in.removeSpool()
	}
	if in.packed != nil {
		err = errors.Join(err, in.packed.Close())
	}
	return errors.Join(err, in.file.Close())
}
