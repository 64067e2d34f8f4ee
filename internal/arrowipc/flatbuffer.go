package arrowipc

import "encoding/binary"

// table is a table of a FlatBuffer: https://flatbuffers.dev/internals. Its methods panic where an
// offset leads out of the buffer; Reader turns this into an error.
type table struct {
	buffer []byte
	at     int
}

func root(buffer []byte) table { return table{buffer, int(binary.LittleEndian.Uint32(buffer))} }

// field returns the position of a field, and 0 for a field that is not there.
func (t table) field(i int) int {
	vtable := t.at - int(int32(binary.LittleEndian.Uint32(t.buffer[t.at:])))
	if 4+2*i >= int(binary.LittleEndian.Uint16(t.buffer[vtable:])) {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(t.buffer[vtable+4+2*i:]))
	if offset == 0 {
		return 0
	}
	return t.at + offset
}

func (t table) int8(i int) int {
	if at := t.field(i); at != 0 {
		return int(int8(t.buffer[at]))
	}
	return 0
}

func (t table) int16(i int) int {
	if at := t.field(i); at != 0 {
		return int(int16(binary.LittleEndian.Uint16(t.buffer[at:])))
	}
	return 0
}

func (t table) int32(i int) int {
	if at := t.field(i); at != 0 {
		return int(int32(binary.LittleEndian.Uint32(t.buffer[at:])))
	}
	return 0
}

func (t table) int64(i int) int64 {
	if at := t.field(i); at != 0 {
		return int64(binary.LittleEndian.Uint64(t.buffer[at:]))
	}
	return 0
}

// table returns the table in a field; ok is false if the field is not there.
func (t table) table(i int) (inner table, ok bool) {
	at := t.field(i)
	if at == 0 {
		return table{}, false
	}
	return table{t.buffer, t.follow(at)}, true
}

// follow follows an offset, which counts from its own position.
func (t table) follow(at int) int { return at + int(binary.LittleEndian.Uint32(t.buffer[at:])) }

func (t table) string(i int) string {
	start, n := t.vector(i, 1)
	return string(t.buffer[start : start+n])
}

// vector returns the position of the first element and the number of elements of a size.
func (t table) vector(i, size int) (start, n int) {
	at := t.field(i)
	if at == 0 {
		return 0, 0
	}
	at = t.follow(at)
	n = int(binary.LittleEndian.Uint32(t.buffer[at:]))
	_ = t.buffer[at+4 : at+4+n*size] // panics if the vector is longer than the buffer
	return at + 4, n
}

// tables returns the tables of a vector.
func (t table) tables(i int) []table {
	start, n := t.vector(i, 4)
	tables := make([]table, n)
	for k := range tables {
		tables[k] = table{t.buffer, t.follow(start + 4*k)}
	}
	return tables
}
