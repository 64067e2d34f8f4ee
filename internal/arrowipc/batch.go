package arrowipc

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Batch holds rows of the table.
type Batch struct {
	Rows int
	// Columns are the columns by field, nil for one that was not wanted or whose kind is
	// Unsupported.
	Columns []*Column
}

// loader takes the columns out of a batch. It walks through the fields twice: it notes the
// buffers to read, and then makes the columns of their content.
type loader struct {
	r           *Reader
	meta        table
	version     int
	nodes       int // position of the FieldNodes
	nodeCount   int
	buffers     int // position of the Buffers
	bufferCount int
	variadic    int
	variadics   int

	node, buffer, view int // the next ones

	loading bool
	wanted  []int          // buffers
	content map[int][]byte // of the buffers
}

func (r *Reader) readBatch(meta table, body int64, version int, fields []Field, wanted func(int) bool) (*Batch, error) {
	rows := meta.int64(0)
	if rows < 0 || rows > maxRows {
		return nil, fmt.Errorf("a batch has %d rows", rows)
	}
	l := &loader{r: r, meta: meta, version: version, content: map[int][]byte{}}
	l.nodes, l.nodeCount = meta.vector(1, 16)
	l.buffers, l.bufferCount = meta.vector(2, 16)
	l.variadic, l.variadics = meta.vector(4, 8)
	batch := &Batch{Rows: int(rows), Columns: make([]*Column, len(fields))}
	for _, l.loading = range []bool{false, true} {
		l.node, l.buffer, l.view = 0, 0, 0
		if l.loading {
			if err := l.readBuffers(body); err != nil {
				return nil, err
			}
		}
		for i := range fields {
			want := fields[i].Kind != Unsupported && (wanted == nil || wanted(i))
			column, err := l.column(&fields[i], want, 0)
			if err != nil {
				return nil, fmt.Errorf("column %q: %w", fields[i].Name, err)
			}
			if !want || !l.loading {
				continue
			}
			if column.rows != int(rows) {
				return nil, fmt.Errorf("column %q has %d values for %d rows", fields[i].Name, column.rows, rows)
			}
			batch.Columns[i] = column
		}
	}
	return batch, nil
}

// readBuffers reads the wanted buffers of the body and skips the others.
func (l *loader) readBuffers(body int64) error {
	type place struct {
		offset, length int64
		buffer         int
	}
	places := make([]place, len(l.wanted))
	for i, buffer := range l.wanted {
		at := l.meta.buffer[l.buffers+16*buffer:]
		places[i] = place{int64(binary.LittleEndian.Uint64(at)), int64(binary.LittleEndian.Uint64(at[8:])), buffer}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.length, b.length)) })
	at := int64(0)
	for _, p := range places {
		switch {
		case p.length == 0:
			continue
		case p.offset < at || p.length < 0 || p.length > maxBuffer || p.offset > body-p.length:
			return fmt.Errorf("a buffer of %d bytes at %d does not fit into a batch of %d bytes, or has more than %d", p.length, p.offset, body, maxBuffer)
		}
		if err := l.r.skip(p.offset - at); err != nil {
			return err
		}
		content, err := l.r.read(p.length)
		if err == nil {
			content, err = l.decompressed(content)
		}
		if err != nil {
			return err
		}
		l.content[p.buffer] = content
		at = p.offset + p.length
	}
	return l.r.skip(body - at)
}

// decompressed returns the content of a buffer: its size in 8 bytes, or -1, and the data.
func (l *loader) decompressed(content []byte) ([]byte, error) {
	compression, ok := l.meta.table(3)
	if !ok {
		return content, nil
	}
	if len(content) < 8 {
		return nil, errors.New("a compressed buffer has less than 8 bytes")
	}
	size := int64(binary.LittleEndian.Uint64(content))
	content = content[8:]
	if size == -1 {
		return content, nil
	}
	if size < 0 || size > maxBuffer {
		return nil, fmt.Errorf("a buffer has %d bytes, expected at most %d", size, maxBuffer)
	}
	var in io.Reader = bytes.NewReader(content)
	switch codec := compression.int8(0); codec {
	case 0:
		in = lz4.NewReader(in)
	case 1:
		decoder, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, err
		}
		defer decoder.Close()
		in = decoder
	default:
		return nil, fmt.Errorf("the compression %d is not known: expected LZ4 or Zstandard", codec)
	}
	var out bytes.Buffer
	if n, err := io.CopyN(&out, in, size); err != nil {
		return nil, fmt.Errorf("a compressed buffer has %d bytes, expected %d: %w", n, size, incomplete(err))
	}
	return out.Bytes(), nil
}

// next returns the content of the next buffer.
func (l *loader) next(want bool) ([]byte, error) {
	at := l.buffer
	l.buffer++
	if at >= l.bufferCount {
		return nil, fmt.Errorf("the batch has only %d buffers", l.bufferCount)
	}
	if !want {
		return nil, nil
	}
	if !l.loading {
		l.wanted = append(l.wanted, at)
	}
	return l.content[at], nil
}

// column takes the next column.
func (l *loader) column(f *Field, want bool, depth int) (*Column, error) {
	if l.node >= l.nodeCount {
		return nil, fmt.Errorf("the batch has only %d columns", l.nodeCount)
	}
	at := l.meta.buffer[l.nodes+16*l.node:]
	rows, nulls := int64(binary.LittleEndian.Uint64(at)), int64(binary.LittleEndian.Uint64(at[8:]))
	l.node++
	if rows < 0 || rows > maxRows {
		return nil, fmt.Errorf("it has %d values", rows)
	}
	layout := f
	if f.dictionary != nil {
		layout = &f.dictionary.indices
	}
	c := &Column{field: layout, rows: int(rows)}
	buffers := layout.buffers(l.version)
	if layout.id == utf8ViewType || layout.id == binaryViewType {
		if l.view >= l.variadics {
			return nil, errors.New("the batch does not state the number of its buffers")
		}
		more := int64(binary.LittleEndian.Uint64(l.meta.buffer[l.variadic+8*l.view:]))
		l.view++
		if more < 0 || more > int64(l.bufferCount) {
			return nil, fmt.Errorf("it has %d buffers", more)
		}
		buffers += int(more)
	}
	for range buffers {
		content, err := l.next(want)
		if err != nil {
			return nil, err
		}
		c.buffers = append(c.buffers, content)
	}
	if f.dictionary == nil {
		for i := range f.children {
			child, err := l.column(&f.children[i], want, depth+1)
			if err != nil {
				return nil, err
			}
			c.children = append(c.children, child)
		}
	}
	if !want || !l.loading {
		return c, nil
	}
	if nulls != 0 && layout.Kind != Null {
		if c.valid = c.buffers[0]; int64(len(c.valid)) < (rows+7)/8 {
			return nil, fmt.Errorf("it has %d bytes of validity for %d values", len(c.valid), rows)
		}
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if f.dictionary != nil {
		return c.lookUp(l.r.dictionaries[f.dictionary.id])
	}
	return c, nil
}

// buffers returns the number of buffers of a layout, without those of the children and the data
// of views: Columnar.html, "Buffer Listing for Each Layout".
func (f *Field) buffers(version int) int {
	const version5 = 4 // in the enumeration MetadataVersion
	switch f.id {
	case nullType:
		return 0
	case runEndType: // pyarrow writes the validity of every type but null in version 4
		if version < version5 {
			return 1
		}
		return 0
	case structType, fixedListType:
		return 1
	case binaryType, utf8Type, largeBinaryType, largeUTF8Type, listViewType, largeListViewType:
		return 3
	case unionType:
		n := 1
		if f.dense {
			n++
		}
		if version < version5 {
			n++
		}
		return n
	}
	return 2
}
