package tfcheckpoint

import (
	"errors"
	"fmt"
)

// maxShards is as many as the five digits in a shard's name count.
const maxShards = 99999

// readHeader reads a BundleHeaderProto and returns how many data files there are.
func readHeader(message []byte) (shards int, err error) {
	var count, endianness, consumer int64
	err = eachField(message, func(f field) (err error) {
		switch f.id {
		case 1: // num_shards
			count, err = f.natural()
		case 2: // endianness
			endianness, err = f.natural()
		case 3: // version
			var version []byte
			if version, err = f.message(); err != nil {
				return err
			}
			return eachField(version, func(f field) (err error) {
				if f.id == 2 { // min_consumer
					consumer, err = f.natural()
				}
				return err
			})
		}
		return err
	})
	switch {
	case err != nil:
		return 0, fmt.Errorf("damaged: the header: %w", err)
	case endianness != 0:
		return 0, errors.New("was written by a big-endian machine: only little-endian checkpoints are read")
	case consumer > 1:
		return 0, fmt.Errorf("requires a reader of version %d of the format, expected version 1", consumer)
	case count < 1 || count > maxShards:
		return 0, fmt.Errorf("damaged: the header states %d data files, expected 1 to %d", count, maxShards)
	}
	return int(count), nil
}
