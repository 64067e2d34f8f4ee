package tfcheckpoint

import "hash/crc32"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C of the pieces as both the table and the bundle store it:
// rotated and shifted, since the CRC of data that holds its own CRC tells little.
// Source: LevelDB's util/crc32c.h.
func masked(pieces ...[]byte) uint32 {
	var sum uint32
	for _, piece := range pieces {
		sum = crc32.Update(sum, castagnoli, piece)
	}
	return (sum>>15 | sum<<17) + 0xa282ead8
}
