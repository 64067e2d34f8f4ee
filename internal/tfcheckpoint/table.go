package tfcheckpoint

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	leveldb "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/syndtr/goleveldb/leveldb/table"
)

// row is a key and its value.
type row struct {
	key   string
	value []byte
}

// readTable returns the rows of a LevelDB table in their order, every block held
// against its checksum.
func readTable(file []byte) (rows []row, err error) {
	if err := checkTable(file); err != nil {
		return nil, err
	}
	// The library uses values from the file as indices, and files may be malformed.
	defer func() {
		if fault := recover(); fault != nil {
			rows, err = nil, fmt.Errorf("damaged: %v", fault)
		}
	}()
	reader, err := table.NewReader(bytes.NewReader(file), int64(len(file)), storage.FileDesc{}, nil, nil,
		&opt.Options{Strict: opt.StrictReader | opt.StrictBlockChecksum})
	if err != nil {
		return nil, damage(err)
	}
	defer reader.Release()
	iterator := reader.NewIterator(nil, nil)
	defer iterator.Release()
	for iterator.Next() {
		rows = append(rows, row{string(iterator.Key()), slices.Clone(iterator.Value())})
	}
	return rows, damage(iterator.Error())
}

// damage puts an error of the library into a few words: it would name a file of a
// database.
func damage(err error) error {
	var inFile *leveldb.ErrCorrupted
	if errors.As(err, &inFile) {
		err = inFile.Err
	}
	var inBlock *table.ErrCorrupted
	if errors.As(err, &inBlock) {
		return fmt.Errorf("damaged: %s at byte %d: %s", inBlock.Kind, inBlock.Pos, inBlock.Reason)
	}
	return err
}
