package safetensors

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
)

// bigEndian reports whether the processor's byte order is not that of the format.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// Values calls do with the values of a tensor as the format stores them: little-endian and row-major on
// every processor, so that a digest of them is the same everywhere. do must not keep or change them.
func Values(t *tensors.Tensor, do func(values []byte)) error {
	d, ok := dtypeByGoMLX(t.DType())
	if !ok {
		return fmt.Errorf("safetensors: the format has no element type for %s", t.DType())
	}
	return t.ConstBytes(func(data []byte) { do(d.native(data)) })
}

// native returns values of the format in the byte order of the processor, and the reverse. It is raw
// itself where both are the same.
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
