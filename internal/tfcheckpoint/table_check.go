package tfcheckpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A table ends in a footer: the places of two blocks, padded, and a magic number. A
// block is its rows, the offsets of some of them, how many those are (4 bytes), and
// behind it a byte for its compression and its checksum.
// Source: LevelDB's doc/table_format.md.
const (
	footerBytes  = 48
	tableMagic   = "\x57\xfb\x80\x8b\x24\x75\x47\xdb"
	countBytes   = 4
	trailerBytes = 1 + 4
)

// place is the range of a block in the file, without its trailer.
type place struct{ offset, size uint64 }

// readPlace reads a place; n is how many bytes it took, 0 when there is none.
func readPlace(text []byte) (p place, n int) {
	offset, n0 := binary.Uvarint(text)
	if n0 <= 0 {
		return place{}, 0
	}
	size, n1 := binary.Uvarint(text[n0:])
	if n1 <= 0 {
		return place{}, 0
	}
	return place{offset, size}, n0 + n1
}

// checkTable verifies that all blocks are within the file and in order, because the library
// allocates any size that the file states.
func checkTable(file []byte) error {
	if len(file) < footerBytes || string(file[len(file)-len(tableMagic):]) != tableMagic {
		return errors.New("does not end like an index: it is truncated or another kind of file")
	}
	body, footer := file[:len(file)-footerBytes], file[len(file)-footerBytes:]
	meta, n := readPlace(footer)
	if n == 0 {
		return errors.New("damaged: the footer has no range of its first block")
	}
	index, n := readPlace(footer[n:])
	if n == 0 {
		return errors.New("damaged: the footer has no range of the index block")
	}
	if _, err := meta.rows(body); err != nil {
		return err
	}
	rows, err := index.rows(body)
	if err != nil {
		return err
	}
	var end uint64
	for len(rows) > 0 {
		value, rest, ok := cutRow(rows)
		if !ok {
			return fmt.Errorf("damaged: the index block at byte %d ends within a row", index.offset)
		}
		block, n := readPlace(value)
		if n == 0 || block.offset < end {
			return fmt.Errorf("damaged: the index block at byte %d contains an impossible range", index.offset)
		}
		if _, err := block.rows(body); err != nil {
			return err
		}
		end, rows = block.offset+block.size, rest
	}
	return nil
}

// rows returns the part of the block with its rows.
func (p place) rows(body []byte) ([]byte, error) {
	all := uint64(len(body))
	if p.size < countBytes || p.size > all || all-p.size < trailerBytes || p.offset > all-p.size-trailerBytes {
		return nil, fmt.Errorf("truncated or damaged: a block of %d bytes at byte %d, the file has %d before its footer", p.size, p.offset, all)
	}
	if kind := body[p.offset+p.size]; kind != 0 {
		return nil, fmt.Errorf("the block at byte %d is compressed (kind %d), which TensorFlow does not do since 1.2: save the checkpoint with a newer one", p.offset, kind)
	}
	block := body[p.offset : p.offset+p.size]
	restarts := uint64(binary.LittleEndian.Uint32(block[len(block)-countBytes:]))
	if restarts > (p.size-countBytes)/4 {
		return nil, fmt.Errorf("damaged: the block at byte %d has no room for the %d offsets at its end", p.offset, restarts)
	}
	return block[:p.size-countBytes-4*restarts], nil
}

// cutRow removes the first row: the length of the prefix that its key shares with the previous
// key, the lengths of the rest of the key and of the value, then the rest and the value.
func cutRow(rows []byte) (value, rest []byte, ok bool) {
	var lengths [3]uint64
	for i := range lengths {
		length, n := binary.Uvarint(rows)
		if n <= 0 {
			return nil, nil, false
		}
		lengths[i], rows = length, rows[n:]
	}
	key, size, all := lengths[1], lengths[2], uint64(len(rows))
	if key > all || size > all-key {
		return nil, nil, false
	}
	return rows[key : key+size], rows[key+size:], true
}
