package bfloat16

import (
	"encoding/binary"

	"github.com/gomlx/compute/dtypes/bfloat16"
)

// AppendBytes appends the values to b in the format of files: little-endian, 2 bytes each, rounded
// to the nearest.
func AppendBytes(b []byte, values []float32) []byte {
	for _, x := range values {
		b = binary.LittleEndian.AppendUint16(b, uint16(bfloat16.FromFloat32(x)))
	}
	return b
}

// FromBytes reads len(values) values from the start of b.
func FromBytes(values []float32, b []byte) {
	for i := range values {
		values[i] = bfloat16.FromBits(binary.LittleEndian.Uint16(b[2*i:])).Float32()
	}
}
