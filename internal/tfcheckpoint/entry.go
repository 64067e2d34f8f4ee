package tfcheckpoint

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"google.golang.org/protobuf/encoding/protowire"
)

// entry is the index's entry of one tensor.
type entry struct {
	dtype        dtype
	shape        []int
	shard        int64
	offset, size int64  // bytes of the shard
	sum          uint32 // of them, masked
	slices       int    // parts that a partitioned variable is stored in; 0: it is whole
}

// readEntry reads a BundleEntryProto, and checks that type, shape and size agree.
func readEntry(message []byte) (entry, error) {
	e := entry{shape: []int{}}
	err := eachField(message, func(f field) (err error) {
		switch f.id {
		case 1:
			var number int64
			number, err = f.natural()
			e.dtype = dtype(min(number, math.MaxInt32))
		case 2:
			var shape []byte
			if shape, err = f.message(); err == nil {
				err = e.readShape(shape)
			}
		case 3:
			e.shard, err = f.natural()
		case 4:
			e.offset, err = f.natural()
		case 5:
			e.size, err = f.natural()
		case 6:
			if f.kind != protowire.Fixed32Type {
				return errKind
			}
			e.sum = uint32(f.number)
		case 7:
			e.slices++
		}
		return err
	})
	if err != nil {
		return e, fmt.Errorf("damaged: its entry in the index: %w", err)
	}
	want, err := e.byteSize()
	if err != nil {
		return e, err
	}
	if width := known[e.dtype].size; width > 0 && e.slices == 0 && uint64(e.size) != want {
		return e, fmt.Errorf("damaged: shape %v of %v takes %d bytes, its entry in the index states %d", e.shape, e.dtype, want, e.size)
	}
	return e, nil
}

// readShape reads a TensorShapeProto.
func (e *entry) readShape(message []byte) error {
	return eachField(message, func(f field) error {
		switch f.id {
		case 2: // dim
			dim, err := f.message()
			if err != nil {
				return err
			}
			var axis int64
			err = eachField(dim, func(f field) (err error) {
				if f.id == 1 {
					axis, err = f.natural()
				}
				return err
			})
			e.shape = append(e.shape, int(axis))
			return err
		case 3: // unknown_rank
			if f.number != 0 {
				return errors.New("the shape is unknown")
			}
		}
		return nil
	})
}

// byteSize is shape × type in bytes, checked for overflow.
func (e *entry) byteSize() (uint64, error) {
	size := max(known[e.dtype].size, 1)
	for _, axis := range e.shape {
		high, low := bits.Mul64(size, uint64(axis))
		if high != 0 || low > math.MaxInt64 {
			return 0, fmt.Errorf("damaged: shape %v is larger than any memory", e.shape)
		}
		size = low
	}
	return size, nil
}
