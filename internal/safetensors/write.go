package safetensors

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/digest"
)

// Named is a tensor to be written.
type Named struct {
	Name  string
	DType string // as the format spells it: "F32", "BF16", "I64", …
	Shape []int  // empty for a scalar
	Data  []byte // little-endian, row-major

	tensor *tensors.Tensor        // instead of Data
	read   func() ([]byte, error) // likewise
}

// FromTensor names a GoMLX tensor for [Write], which reads the values when it writes them: the
// tensor must not change before.
func FromTensor(name string, t *tensors.Tensor) (Named, error) {
	if err := t.CheckValid(); err != nil {
		return Named{}, fmt.Errorf("safetensors: tensor %q: %w", name, err)
	}
	d, ok := dtypeByGoMLX(t.DType())
	if !ok {
		return Named{}, fmt.Errorf("safetensors: tensor %q: the format has no element type for %s", name, t.DType())
	}
	return Named{Name: name, DType: d.name, Shape: slices.Clone(t.Shape().Dimensions), tensor: t}, nil
}

// FromFunc names a tensor with a function for its data. [Write] calls the functions one after
// the other, so that only one tensor's data is in memory at a time.
func FromFunc(name, dtype string, shape []int, read func() ([]byte, error)) Named {
	return Named{Name: name, DType: dtype, Shape: slices.Clone(shape), read: read}
}

// FromShape names a tensor for [Size], which needs no values.
func FromShape(name string, s shapes.Shape) (Named, error) {
	d, ok := dtypeByGoMLX(s.DType)
	if !ok {
		return Named{}, fmt.Errorf("safetensors: tensor %q: the format has no element type for %s", name, s.DType)
	}
	return FromFunc(name, d.name, s.Dimensions, func() ([]byte, error) {
		return nil, errors.New("only its shape is known: it cannot be written")
	}), nil
}

// write puts the values out; path serves the errors.
func (n Named) write(path string, w io.Writer) (err error) {
	if n.read != nil {
		if n.Data, err = n.read(); err != nil {
			return err
		}
		n.read = nil
		if _, err := n.check(); err != nil {
			return &FormatError{Path: path, Tensor: n.Name, Reason: err.Error()}
		}
	}
	if n.tensor == nil {
		_, err = w.Write(n.Data)
		return err
	}
	if n.tensor.Size() == 0 {
		return nil
	}
	accessErr := Values(n.tensor, func(data []byte) { _, err = w.Write(data) })
	if accessErr != nil {
		return accessErr
	}
	return err
}

// Write writes a file with the tensors and the metadata (nil for none), in the
// order of the format's own library: wider element types first, then by name.
// The file is written atomically; an existing file is replaced.
//
// [WithChecksums] creates metadata that requests checksums.
//
// Duplicate names, unknown element types, and data with a size that contradicts shape and
// element type cause a *[FormatError] before the file is written.
func Write(path string, named []Named, metadata map[string]string) error {
	named = inOrder(named)
	sums := make(map[string]uint32, len(named))
	text, err := encodeHeader(path, named, filled(metadata, named, sums))
	if err != nil {
		return err
	}
	pending, err := atomicfile.Create(path, 0o644)
	if err != nil {
		return fmt.Errorf("safetensors: write %s: %w", path, err)
	}
	defer pending.Abort()
	w := bufio.NewWriterSize(pending, 1<<20)
	w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))) // Flush returns its error
	w.Write(text)
	for _, n := range named {
		sum, to := crc32.New(digest.Castagnoli), io.Writer(w)
		if wantsChecksums(metadata) {
			to = io.MultiWriter(w, sum)
		}
		if err := n.write(path, to); err != nil {
			return fmt.Errorf("safetensors: write %s: tensor %q: %w", path, n.Name, err)
		}
		sums[n.Name] = sum.Sum32()
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("safetensors: write %s: %w", path, err)
	}
	if wantsChecksums(metadata) { // a header of the same length, with the checksums
		if text, err = encodeHeader(path, named, filled(metadata, named, sums)); err == nil {
			_, err = pending.WriteAt(text, lengthBytes)
		}
		if err != nil {
			return fmt.Errorf("safetensors: write %s: %w", path, err)
		}
	}
	if err := pending.Commit(); err != nil {
		return fmt.Errorf("safetensors: write %s: %w", path, err)
	}
	return nil
}

// inOrder returns the tensors in file order.
func inOrder(named []Named) []Named {
	named = slices.Clone(named)
	slices.SortFunc(named, func(a, b Named) int {
		if x, y := rank(a.DType), rank(b.DType); x != y {
			return y - x
		}
		return strings.Compare(a.Name, b.Name)
	})
	return named
}

// Size is how many bytes the file has that [Write] would write.
func Size(named []Named, metadata map[string]string) (int64, error) {
	named = inOrder(named)
	text, err := encodeHeader("", named, filled(metadata, named, nil))
	if err != nil {
		return 0, err
	}
	size := int64(8 + len(text))
	for _, n := range named {
		data, err := n.check()
		if err != nil {
			return 0, err
		}
		size += int64(data)
	}
	return size, nil
}

// encodeHeader checks the tensors in file order and returns the header, padded so that the data
// starts at a multiple of 8 bytes.
func encodeHeader(path string, named []Named, metadata map[string]string) ([]byte, error) {
	var text bytes.Buffer
	separator := "{"
	put := func(name string, value any) error {
		text.WriteString(separator)
		separator = ","
		if err := encodeJSON(&text, name); err != nil {
			return err
		}
		text.WriteByte(':')
		return encodeJSON(&text, value)
	}
	if metadata != nil {
		for _, name := range slices.Sorted(maps.Keys(metadata)) {
			if !utf8.ValidString(name) || !utf8.ValidString(metadata[name]) {
				return nil, &FormatError{Path: path, Reason: fmt.Sprintf("metadata %q is not UTF-8", name)}
			}
		}
		if err := put(metadataName, metadata); err != nil {
			return nil, err
		}
	}
	seen := make(map[string]bool, len(named))
	var at uint64
	for _, n := range named {
		size, err := n.check()
		if err == nil && seen[n.Name] {
			err = fmt.Errorf("the name comes twice")
		}
		if err != nil {
			return nil, &FormatError{Path: path, Tensor: n.Name, Reason: err.Error()}
		}
		seen[n.Name] = true
		shape := n.Shape
		if shape == nil {
			shape = []int{} // a scalar: null is not a shape
		}
		err = put(n.Name, struct {
			DType   string    `json:"dtype"`
			Shape   []int     `json:"shape"`
			Offsets [2]uint64 `json:"data_offsets"`
		}{n.DType, shape, [2]uint64{at, at + size}})
		if err != nil {
			return nil, err
		}
		at += size
	}
	if separator == "{" {
		text.WriteByte('{')
	}
	text.WriteByte('}')
	for text.Len()%lengthBytes != 0 {
		text.WriteByte(' ')
	}
	if text.Len() > maxHeaderLength {
		return nil, &FormatError{Path: path, Reason: fmt.Sprintf("the header takes %d bytes, expected at most %d", text.Len(), maxHeaderLength)}
	}
	return text.Bytes(), nil
}

// check verifies that the tensor can be written, and returns its size in bytes.
func (n Named) check() (uint64, error) {
	if n.Name == metadataName || !utf8.ValidString(n.Name) {
		return 0, fmt.Errorf("the name must be UTF-8 and not %s", metadataName)
	}
	d, ok := dtypeByName(n.DType)
	if !ok {
		return 0, fmt.Errorf("dtype %q is not supported", n.DType)
	}
	shape := make([]uint64, len(n.Shape))
	for i, axis := range n.Shape {
		if axis < 0 {
			return 0, fmt.Errorf("shape %v has a negative axis", n.Shape)
		}
		shape[i] = uint64(axis)
	}
	size, err := byteSize(d, shape)
	if err != nil {
		return 0, err
	}
	if n.tensor == nil && n.read == nil && uint64(len(n.Data)) != size {
		return 0, fmt.Errorf("shape %v of %s takes %d bytes, the data has %d", n.Shape, n.DType, size, len(n.Data))
	}
	return size, nil
}

// encodeJSON appends a value without the line end and the escapes for HTML that
// encoding/json adds, and which the format's own library does not write.
func encodeJSON(text *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("safetensors: encode the header: %w", err)
	}
	text.Truncate(text.Len() - 1)
	return nil
}
