package safetensors

import (
	"encoding/binary"
	"slices"
)

// bigEndian reports whether the processor's byte order is not that of the format.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// native returns values of the file in the byte order of the processor. It is raw itself where that is
// the format's.
func (d dtype) native(raw []byte) []byte {
	if !bigEndian {
		return raw
	}
	return d.swapped(raw)
}

// swapped returns a copy of values with the bytes of each number in the reverse order. A complex number
// has two.
func (d dtype) swapped(raw []byte) []byte {
	width := d.size
	if d.name == "C64" {
		width /= 2
	}
	out := slices.Clone(raw)
	for number := range slices.Chunk(out, width) {
		slices.Reverse(number)
	}
	return out
}
