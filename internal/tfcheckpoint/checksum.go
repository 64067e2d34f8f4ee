package tfcheckpoint

import (
	"hash/crc32"

	"github.com/lorabook/lorabook/internal/digest"
)

// masked returns the CRC-32C of the pieces in the stored form of table and bundle: rotated and
// with an offset, since the CRC of data that contains its own CRC is weak. Source: LevelDB's
// util/crc32c.h.
func masked(pieces ...[]byte) uint32 {
	var sum uint32
	for _, piece := range pieces {
		sum = crc32.Update(sum, digest.Castagnoli, piece)
	}
	return (sum>>15 | sum<<17) + 0xa282ead8
}
