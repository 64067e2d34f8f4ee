package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes/float16"

	"github.com/lorabook/lorabook/internal/bfloat16"
)

// Float32 copies a tensor's values out of the file as float32, row-major.
// F32, F16 and BF16 convert exactly; other element types are an error, since the conversion
// would not be exact.
func (f *File) Float32(name string) ([]float32, error) {
	e, err := f.entry(name)
	if err != nil {
		return nil, err
	}
	values := make([]float32, int(e.end-e.begin)/e.dtype.size)
	if err := f.ReadFloat32(name, values); err != nil {
		return nil, err
	}
	return values, nil
}

// ReadFloat32 is [File.Float32] into values, whose length must be the tensor's number of elements.
func (f *File) ReadFloat32(name string, values []float32) error {
	e, err := f.entry(name)
	if err != nil {
		return err
	}
	raw, err := f.Checked(name)
	if err != nil {
		return err
	}
	if n := len(raw) / e.dtype.size; n != len(values) {
		return &FormatError{Path: f.path, Tensor: name, Reason: fmt.Sprintf("has %d elements, expected %d", n, len(values))}
	}
	switch e.dtype.name {
	case "F32":
		DecodeFloat32(values, raw)
	case "F16":
		for i := range values {
			values[i] = float16.FromBits(binary.LittleEndian.Uint16(raw[2*i:])).Float32()
		}
	case "BF16":
		bfloat16.FromBytes(values, raw)
	default:
		return &FormatError{Path: f.path, Tensor: name, Reason: fmt.Sprintf("expected F32, F16 or BF16, found %s", e.dtype.name)}
	}
	f.dropPages(name)
	return nil
}

// DecodeFloat32 converts the bytes of values of the type F32, 4 for each.
func DecodeFloat32(values []float32, raw []byte) {
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
}
