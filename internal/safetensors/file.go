package safetensors

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/edsrzf/mmap-go"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/regularfile"
)

// File is an open safetensors file, mapped into memory: only accessed parts are read from the
// disk. Its methods are safe for concurrent use, except Close, which must be the last call.
//
// The file must not shrink while it is open: the operating system would kill the program at the
// first access to a missing part.
type File struct {
	path   string
	memory mmap.MMap
	header *header
	names  []string
	opened os.FileInfo
}

// Open maps the file at path and checks its header against its size.
//
// A malformed file causes a *[FormatError]; a file that cannot be opened causes the operating
// system's error.
func Open(path string) (_ *File, err error) {
	disk, err := regularfile.Open(path)
	if special := (*regularfile.SpecialError)(nil); errors.As(err, &special) {
		return nil, &FormatError{Path: path, Reason: "expected a file, found a " + special.Kind}
	}
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	defer disk.Close() // the mapping outlives it
	info, err := disk.Stat()
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	f := &File{path: path, opened: info}
	if info.Size() > 0 { // no system maps an empty file
		if f.memory, err = mmap.Map(disk, mmap.RDONLY, 0); err != nil {
			return nil, fmt.Errorf("safetensors: map %s into memory: %w", path, err)
		}
	}
	if f.header, err = parseHeader(path, f.memory); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	f.names = slices.Sorted(maps.Keys(f.header.tensors))
	return f, nil
}

// Path is the path the file was opened by.
func (f *File) Path() string { return f.path }

// Names are the names of all tensors, sorted.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata returns the file's metadata, such as {"format": "pt"}; empty if there is none.
func (f *File) Metadata() map[string]string { return maps.Clone(f.header.metadata) }

// Info returns the element type of a tensor as the format spells it ("F32", "BF16", "I64", …),
// its shape (empty for a scalar), and whether the tensor exists.
func (f *File) Info(name string) (dtype string, shape []int, ok bool) {
	e, ok := f.header.tensors[name]
	return e.dtype.name, slices.Clone(e.shape), ok
}

// Bytes returns a view of the tensor's values in the file, little-endian and row-major, valid
// until Close. It must not be written to, and is not compared with a checksum: [File.Checked]
// is. It is nil if the tensor does not exist or the file is closed.
func (f *File) Bytes(name string) []byte {
	e, ok := f.header.tensors[name]
	if !ok || f.memory == nil {
		return nil
	}
	begin, end := f.header.dataStart+int(e.begin), f.header.dataStart+int(e.end)
	return f.memory[begin:end:end]
}

// Tensor copies a tensor out of the file, element type and shape kept, in the processor's byte order.
func (f *File) Tensor(name string) (*tensors.Tensor, error) {
	e, err := f.entry(name)
	if err != nil {
		return nil, err
	}
	raw, err := f.Checked(name)
	if err != nil {
		return nil, err
	}
	if e.dtype.gomlx == dtypes.Bool && slices.ContainsFunc(raw, func(b byte) bool { return b > 1 }) {
		return nil, &FormatError{Path: f.path, Tensor: name, Reason: "a BOOL must be 0 or 1"} // a Go bool has only these
	}
	t, err := tensors.FromRaw(nil, 0, shapes.Make(e.dtype.gomlx, e.shape...), e.dtype.native(raw))
	if err != nil {
		return nil, fmt.Errorf("safetensors: %s: tensor %q: %w", f.path, name, err)
	}
	f.dropPages(name)
	return t, nil
}

// entry finds a tensor of an open file.
func (f *File) entry(name string) (entry, error) {
	e, ok := f.header.tensors[name]
	if !ok {
		return e, &FormatError{Path: f.path, Tensor: name, Reason: "the file has no tensor of this name"}
	}
	if f.memory == nil {
		return e, &FormatError{Path: f.path, Tensor: name, Reason: "the file is closed"}
	}
	return e, nil
}

// Close unmaps the file; every view that Bytes gave ends with it. Closing twice is not an error.
func (f *File) Close() error {
	if f.memory == nil {
		return nil
	}
	if err := f.memory.Unmap(); err != nil {
		return fmt.Errorf("safetensors: unmap %s: %w", f.path, err)
	}
	return nil
}
