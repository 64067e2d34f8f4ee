package tfcheckpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/lfs"
)

// File is an open checkpoint. Its methods are safe for concurrent use, except Close, which must
// be the last call.
//
// The data files must not shrink while it is open: the operating system would kill the program
// at the first access to a missing part.
type File struct {
	path    string // of the index
	entries map[string]entry
	names   []string
	shards  []*shard // empty once closed
}

// IndexSuffix is the ending of an index's name.
const IndexSuffix = ".index"

// maxIndex is the maximum size of an index, which has about 100 bytes per tensor.
const maxIndex = 64 << 20

// Open opens the checkpoint with the index prefix + ".index", and all its data files.
//
// A malformed file causes a *[FormatError]; a file that cannot be opened causes the operating
// system's error.
func Open(prefix string) (_ *File, err error) {
	f := &File{path: prefix + IndexSuffix, entries: map[string]entry{}}
	rows, err := f.readIndex()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].key != "" {
		return nil, f.fault("", errors.New("is not the index of a checkpoint: its first entry is not a header"))
	}
	count, err := readHeader(rows[0].value)
	if err != nil {
		return nil, f.fault("", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	for i := range count {
		s, err := openShard(shardPath(prefix, i, count))
		if err != nil {
			return nil, err
		}
		f.shards = append(f.shards, s)
	}
	for _, row := range rows[1:] {
		if strings.HasPrefix(row.key, "\x00") {
			continue // a part of a partitioned variable
		}
		if err := f.add(row); err != nil {
			return nil, err
		}
	}
	f.names = slices.Sorted(maps.Keys(f.entries))
	return f, nil
}

// readIndex reads the rows of the index.
func (f *File) readIndex() ([]row, error) {
	disk, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("tfcheckpoint: %w", err)
	}
	defer disk.Close()
	text, err := io.ReadAll(io.LimitReader(disk, maxIndex+1))
	if err != nil {
		return nil, fmt.Errorf("tfcheckpoint: %w", err)
	}
	if len(text) > maxIndex {
		return nil, f.fault("", fmt.Errorf("is too large for an index, expected at most %d bytes: is it a data file?", maxIndex))
	}
	if err := lfs.Check(f.path, text); err != nil {
		return nil, fmt.Errorf("tfcheckpoint: %w", err)
	}
	rows, err := readTable(text)
	if err != nil {
		return nil, f.fault("", err)
	}
	return rows, nil
}

// add checks a tensor's entry and adds it.
func (f *File) add(r row) error {
	e, err := readEntry(r.value)
	if err != nil {
		return f.fault(r.key, err)
	}
	if _, twice := f.entries[r.key]; twice {
		return f.fault(r.key, errors.New("damaged: the name comes twice"))
	}
	if e.shard >= int64(len(f.shards)) {
		return f.fault(r.key, fmt.Errorf("damaged: its data file is %d, expected less than %d", e.shard, len(f.shards)))
	}
	s := f.shards[e.shard]
	if have := int64(len(s.memory)); e.slices == 0 && (e.size > have || e.offset > have-e.size) {
		return &FormatError{Path: s.path, Tensor: r.key, Reason: fmt.Sprintf(
			"truncated: the tensor takes %d bytes from byte %d on, the file has %d", e.size, e.offset, have)}
	}
	f.entries[r.key] = e
	return nil
}

// fault is an error of the index.
func (f *File) fault(tensor string, err error) error {
	return &FormatError{Path: f.path, Tensor: tensor, Reason: err.Error()}
}

// Path is the path of the index.
func (f *File) Path() string { return f.path }

// Names are the names of all tensors, sorted.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Info returns the element type of a tensor as TensorFlow names it ("DT_FLOAT", …), its shape
// (empty for a scalar), and whether the tensor exists.
func (f *File) Info(name string) (dtype string, shape []int, ok bool) {
	e, ok := f.entries[name]
	return e.dtype.String(), slices.Clone(e.shape), ok
}

// Float32 copies a tensor's values out of the file, row-major, and checks them
// against their checksum. A tensor of another element type than DT_FLOAT is an
// error, and so is one that is stored in parts.
func (f *File) Float32(name string) ([]float32, error) {
	e, ok := f.entries[name]
	switch {
	case !ok:
		return nil, f.fault(name, errors.New("the checkpoint has no tensor of this name"))
	case len(f.shards) == 0:
		return nil, f.fault(name, errors.New("the checkpoint is closed"))
	case e.slices > 0:
		return nil, f.fault(name, fmt.Errorf("is stored in %d parts, as a partitioned variable is: only whole tensors are read", e.slices))
	case e.dtype != float32Type:
		return nil, f.fault(name, fmt.Errorf("expected %v, found %v: only float32 is read", float32Type, e.dtype))
	}
	s := f.shards[e.shard]
	raw := s.memory[e.offset : e.offset+e.size]
	if sum := masked(raw); sum != e.sum {
		return nil, &FormatError{Path: s.path, Tensor: name, Reason: fmt.Sprintf(
			"damaged: its values have checksum %08x, the index states %08x", sum, e.sum)}
	}
	values := make([]float32, len(raw)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return values, nil
}

// Close unmaps the files. Closing twice is not an error.
func (f *File) Close() error {
	var errs []error
	for _, s := range f.shards {
		errs = append(errs, s.close())
	}
	f.shards = nil
	return errors.Join(errs...)
}
