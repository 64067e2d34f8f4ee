package arrowipc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Column holds the values of a column in one batch.
type Column struct {
	field    *Field
	rows     int
	valid    []byte // a bit for each value; nil if all are valid
	buffers  [][]byte
	children []*Column
	// dictionary holds the values; the column itself holds their indices.
	dictionary *Column
	// parts are the deltas of a dictionary.
	parts []*Column
}

// Value returns a value: nil for null, string, int64, uint64, float64, bool, or []any.
func (c *Column) Value(row int) any {
	for _, part := range c.parts {
		if row < part.rows {
			return part.Value(row)
		}
		row -= part.rows
	}
	if c.valid != nil && c.valid[row/8]>>(row%8)&1 == 0 {
		return nil
	}
	if c.dictionary != nil {
		index, _ := c.integer(row)
		return c.dictionary.Value(int(index))
	}
	switch c.field.Kind {
	case Text:
		return c.text(row)
	case Int:
		n, _ := c.integer(row)
		return n
	case Uint:
		_, n := c.integer(row)
		return n
	case Float:
		return c.float(row)
	case Bool:
		return c.buffers[1][row/8]>>(row%8)&1 == 1
	case List:
		begin, end := c.span(row)
		list := make([]any, 0, end-begin)
		for i := begin; i < end; i++ {
			list = append(list, c.children[0].Value(i))
		}
		return list
	}
	return nil
}

// integer returns a value of a column of integers, with and without a sign.
func (c *Column) integer(row int) (int64, uint64) {
	data := c.buffers[1][row*c.field.width:]
	switch c.field.width {
	case 1:
		return int64(int8(data[0])), uint64(data[0])
	case 2:
		n := binary.LittleEndian.Uint16(data)
		return int64(int16(n)), uint64(n)
	case 4:
		n := binary.LittleEndian.Uint32(data)
		return int64(int32(n)), uint64(n)
	}
	n := binary.LittleEndian.Uint64(data)
	return int64(n), n
}

func (c *Column) float(row int) float64 {
	data := c.buffers[1][row*c.field.width:]
	switch c.field.width {
	case 2:
		return float16(binary.LittleEndian.Uint16(data))
	case 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(data)))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(data))
}

// float16 converts an IEEE 754 binary16 number: sign, 5 bits of exponent with bias 15, 10 bits of
// fraction.
func float16(bits uint16) float64 {
	exponent, fraction := int(bits>>10&0x1f), float64(bits&0x3ff)
	x := math.Ldexp(1024+fraction, exponent-25)
	switch {
	case exponent == 0:
		x = math.Ldexp(fraction, -24)
	case exponent == 0x1f && fraction != 0:
		return math.NaN()
	case exponent == 0x1f:
		x = math.Inf(1)
	}
	if bits>>15 == 1 {
		x = -x
	}
	return x
}

func (c *Column) isView() bool { return c.field.id == utf8ViewType || c.field.id == binaryViewType }

func (c *Column) text(row int) string {
	if c.isView() {
		content, _ := c.viewed(row)
		return string(content)
	}
	begin, end := c.span(row)
	return string(c.buffers[2][begin:end])
}

// viewed returns the text of a view: its length, and the text itself if it has at most 12 bytes,
// or else a prefix, the number of the buffer and the offset.
func (c *Column) viewed(row int) ([]byte, error) {
	view := c.buffers[1][16*row : 16*row+16]
	length := int(int32(binary.LittleEndian.Uint32(view)))
	if 0 <= length && length <= 12 {
		return view[4 : 4+length], nil
	}
	buffer, offset := int(int32(binary.LittleEndian.Uint32(view[8:]))), int(int32(binary.LittleEndian.Uint32(view[12:])))
	if length < 0 || buffer < 0 || buffer+2 >= len(c.buffers) || offset < 0 || offset+length > len(c.buffers[buffer+2]) {
		return nil, fmt.Errorf("value %d has %d bytes at %d of buffer %d", row, length, offset, buffer)
	}
	return c.buffers[buffer+2][offset : offset+length], nil
}

func (f *Field) isLarge() bool {
	return f.id == largeUTF8Type || f.id == largeBinaryType || f.id == largeListType
}

// span returns the begin and the end of a text or a list.
func (c *Column) span(row int) (begin, end int) {
	if c.field.id == fixedListType {
		return row * c.field.size, (row + 1) * c.field.size
	}
	if c.field.isLarge() {
		return int(binary.LittleEndian.Uint64(c.buffers[1][8*row:])), int(binary.LittleEndian.Uint64(c.buffers[1][8*row+8:]))
	}
	return int(int32(binary.LittleEndian.Uint32(c.buffers[1][4*row:]))), int(int32(binary.LittleEndian.Uint32(c.buffers[1][4*row+4:])))
}

// check requires that every value lies in the buffers.
func (c *Column) check() error {
	if c.rows == 0 {
		return nil // its buffers may be empty
	}
	has := func(buffer int, bytes int) error {
		if n := len(c.buffers[buffer]); n < bytes {
			return fmt.Errorf("it has %d bytes for %d values: expected %d", n, c.rows, bytes)
		}
		return nil
	}
	switch c.field.Kind {
	case Int, Uint, Float:
		return has(1, c.rows*c.field.width)
	case Bool:
		return has(1, (c.rows+7)/8)
	case Text:
		if c.isView() {
			return c.checkViews(has(1, 16*c.rows))
		}
		return c.checkSpans(len(c.buffers[2]), has)
	case List:
		return c.checkSpans(c.children[0].rows, has)
	}
	return nil
}

func (c *Column) checkViews(err error) error {
	for row := 0; row < c.rows && err == nil; row++ {
		_, err = c.viewed(row)
	}
	return err
}

func (c *Column) checkSpans(length int, has func(int, int) error) error {
	if c.field.id == fixedListType {
		if size := c.field.size; size > 0 && c.rows > length/size {
			return fmt.Errorf("it has %d lists of %d values, and %d values", c.rows, size, length)
		}
		return nil
	}
	width := 4
	if c.field.isLarge() {
		width = 8
	}
	if err := has(1, width*(c.rows+1)); err != nil {
		return err
	}
	last := 0
	for row := range c.rows {
		begin, end := c.span(row)
		if begin < last || end < begin || end > length {
			return fmt.Errorf("value %d lies at %d to %d of %d", row, begin, end, length)
		}
		last = begin
	}
	return nil
}

// lookUp makes the values of indices into a dictionary.
func (c *Column) lookUp(dictionary *Column) (*Column, error) {
	if dictionary == nil {
		return nil, errors.New("its dictionary is missing")
	}
	for row := range c.rows {
		if c.valid != nil && c.valid[row/8]>>(row%8)&1 == 0 {
			continue
		}
		if index, unsigned := c.integer(row); index < 0 && c.field.Kind == Int || c.field.Kind == Uint && unsigned >= uint64(dictionary.rows) || index >= int64(dictionary.rows) {
			return nil, fmt.Errorf("value %d has the index %d into a dictionary of %d", row, index, dictionary.rows)
		}
	}
	c.dictionary = dictionary
	return c, nil
}

// join appends a delta to a dictionary.
func (c *Column) join(delta *Column) *Column {
	if c == nil {
		return delta
	}
	parts := c.parts
	if parts == nil {
		parts = []*Column{c}
	}
	return &Column{field: c.field, rows: c.rows + delta.rows, parts: append(parts[:len(parts):len(parts)], delta)}
}
