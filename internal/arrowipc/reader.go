// Package arrowipc reads tables in the IPC formats of Apache Arrow, as a stream:
//
//	r, err := arrowipc.NewReader(file)
//	for {
//		batch, err := r.Next(nil) // io.EOF at the end
//		title, err := batch.Columns[0].Value(0)
//	}
//
// It reads streams and files, which contain a stream, uncompressed or compressed with LZ4 or
// Zstandard, with dictionaries and their deltas. It holds one batch of the wanted columns in
// memory, trusts no size in the metadata, and panics for no input.
//
// The module github.com/apache/arrow-go reads the same formats. It is not used because it
// upgrades six modules and makes every program that reads data larger: see docs/formats.md.
//
// Source: https://arrow.apache.org/docs/format/Columnar.html (version 1.5), Schema.fbs,
// Message.fbs.
package arrowipc

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Magic begins and ends a file in Arrow's file format.
const Magic = "ARROW1"

const (
	continuation = 0xffffffff
	maxMetadata  = 64 << 20
	maxBuffer    = 1 << 30 // of one column of a batch in bytes
	maxRows      = 1 << 40 // of a batch
)

// Kinds of messages: the union MessageHeader in Message.fbs.
const (
	schemaMessage     = 1
	dictionaryMessage = 2
	batchMessage      = 3
)

// Reader reads the batches of a table.
type Reader struct {
	Fields   []Field
	Metadata map[string]string

	in           *bufio.Reader
	isFile       bool
	marked       bool
	dictionaries map[int64]*Column
	encoded      map[int64]*Field // the columns of the dictionaries
}

// NewReader reads the schema.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 1<<16), dictionaries: map[int64]*Column{}, encoded: map[int64]*Field{}}
	if head, err := r.in.Peek(8); err == nil && strings.HasPrefix(string(head), Magic) {
		r.isFile = true
		_, _ = r.in.Discard(len(head))
	}
	var kind int
	var header table
	err := guard(func() (err error) {
		kind, header, _, _, err = r.message()
		if err == nil && kind != schemaMessage {
			err = fmt.Errorf("its first message has the type %d: expected a schema", kind)
		}
		if err == nil {
			r.Fields, r.Metadata, err = readSchema(header)
		}
		return err
	})
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("not an Arrow file: %w", err)
	}
	r.collect(r.Fields)
	return r, nil
}

func (r *Reader) collect(fields []Field) {
	for i := range fields {
		if d := fields[i].dictionary; d != nil {
			r.encoded[d.id] = &fields[i]
		}
		r.collect(fields[i].children)
	}
}

// guard turns a panic over damaged metadata into an error.
func guard(f func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("its metadata is damaged: %v", fault)
		}
	}()
	return f()
}

// message reads the metadata of the next message. The body follows. At the end of the stream the
// error is io.EOF.
func (r *Reader) message() (kind int, header table, body int64, version int, err error) {
	var word [4]byte
	fault := func(err error) (int, table, int64, int, error) { return 0, table{}, 0, 0, err }
	if _, err := io.ReadFull(r.in, word[:]); err != nil {
		return fault(err)
	}
	size := binary.LittleEndian.Uint32(word[:])
	if size == continuation { // before version 0.15 there was none
		if _, err := io.ReadFull(r.in, word[:]); err != nil {
			return fault(incomplete(err))
		}
		size = binary.LittleEndian.Uint32(word[:])
	}
	if size == 0 {
		r.marked = true
		return fault(io.EOF)
	}
	if size > maxMetadata {
		return fault(fmt.Errorf("the metadata of a message has %d bytes, expected at most %d", size, maxMetadata))
	}
	metadata, err := r.read(int64(size))
	if err != nil {
		return fault(err)
	}
	message := root(metadata)
	if body = message.int64(3); body < 0 {
		return fault(fmt.Errorf("a message has %d bytes", body))
	}
	header, ok := message.table(2)
	if !ok {
		return fault(errors.New("a message has no content"))
	}
	return message.int8(1), header, body, message.int16(0), nil
}

// read reads a number of bytes. It allocates no more than there are.
func (r *Reader) read(n int64) ([]byte, error) {
	var content bytes.Buffer
	content.Grow(int(min(n, 1<<20)))
	_, err := io.CopyN(&content, r.in, n)
	return content.Bytes(), incomplete(err)
}

func (r *Reader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, r.in, n)
	return incomplete(err)
}

func incomplete(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Marked reports whether the stream ended with its mark. A stream without one may be incomplete.
func (r *Reader) Marked() bool { return r.marked }

// Next reads the next batch. wanted reports whether a column is wanted; nil wants all. At the end
// the error is io.EOF.
func (r *Reader) Next(wanted func(field int) bool) (batch *Batch, err error) {
	err = guard(func() error {
		for batch == nil {
			kind, header, body, version, err := r.message()
			if err == io.EOF {
				return r.end()
			}
			if err != nil {
				return err
			}
			switch kind {
			case dictionaryMessage:
				err = r.readDictionary(header, body, version)
			case batchMessage:
				batch, err = r.readBatch(header, body, version, r.Fields, wanted)
			default:
				err = fmt.Errorf("a message has the type %d: expected a record batch", kind)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("damaged Arrow file: %w", err)
	}
	return batch, err
}

// end checks the end of a file: the footer and the magic.
func (r *Reader) end() error {
	if !r.isFile {
		return io.EOF
	}
	var last []byte
	piece := make([]byte, 1<<12)
	for {
		n, err := r.in.Read(piece)
		last = append(last, piece[:n]...)
		last = last[max(len(last)-len(Magic), 0):]
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if string(last) != Magic {
		return fmt.Errorf("it ends with %q, expected %q: the file is incomplete", last, Magic)
	}
	return io.EOF
}

func (r *Reader) readDictionary(header table, body int64, version int) error {
	id := header.int64(0)
	field := r.encoded[id]
	data, ok := header.table(1)
	if field == nil || !ok {
		return fmt.Errorf("dictionary %d belongs to no column", id)
	}
	values := *field
	values.dictionary = nil
	batch, err := r.readBatch(data, body, version, []Field{values}, nil)
	if err != nil {
		return fmt.Errorf("dictionary of column %q: %w", field.Name, err)
	}
	column := batch.Columns[0]
	if header.int8(2) != 0 {
		column = r.dictionaries[id].join(column)
	}
	r.dictionaries[id] = column
	return nil
}
