package prefixcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"

	"github.com/edsrzf/mmap-go"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/precision"
)

// A file contains a header and a record for each batch. The header is magic, the key [32], the
// computing time in seconds as float64, and the header's checksum. A record is the states
// [tokens, hidden] of each of the batch's examples, without padding, and their checksum. All
// numbers are little-endian; checksums are CRC-32C [4].
const (
	magic      = "lorabook prefix\n"
	headerSize = len(magic) + 32 + 8 + sumSize
	sumSize    = 4
)

// withSum appends the checksum of b to b.
func withSum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, digest.Castagnoli))
}

// isSound reports whether b ends with its checksum.
func isSound(b []byte) bool {
	n := len(b) - sumSize
	return binary.LittleEndian.Uint32(b[n:]) == crc32.Checksum(b[:n], digest.Castagnoli)
}

// header returns the header of a file whose states took the given time.
func (p *plan) header(seconds float64) []byte {
	b := append([]byte(magic), p.key[:]...)
	return withSum(binary.LittleEndian.AppendUint64(b, math.Float64bits(seconds)))
}

// record returns the record of a batch. Its states, values, are [rows, length, hidden], or [rows,
// 1, hidden] if only the first token's are cached.
func (p *plan) record(batch batching.Batch, values []float32) []byte {
	stride := len(values) / batch.Rows
	var b []byte
	for row := range batch.Index {
		states := values[row*stride : row*stride+p.kept(batch.Lengths[row])*p.hidden]
		if p.Stored == precision.BFloat16 {
			b = bfloat16.AppendBytes(b, states)
			continue
		}
		for _, x := range states {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	return withSum(b)
}

// decode reads len(out) values from the beginning of b.
func (p *plan) decode(out []float32, b []byte) {
	if p.Stored == precision.BFloat16 {
		bfloat16.FromBytes(out, b)
		return
	}
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}

// sound returns the number of undamaged batches from the first on, and the seconds in the header.
func (p *plan) sound(content []byte) (batches int, seconds float64) {
	if len(content) < headerSize || !isSound(content[:headerSize]) {
		return 0, 0
	}
	body, ok := bytes.CutPrefix(content[:headerSize], append([]byte(magic), p.key[:]...))
	if !ok {
		return 0, 0
	}
	for _, end := range p.ends {
		if end > int64(len(content)) || !isSound(content[p.end(batches):end]) {
			break
		}
		batches++
	}
	return batches, math.Float64frombits(binary.LittleEndian.Uint64(body))
}

// whole reports whether a file's content is complete, and returns the seconds in its header.
func (p *plan) whole(content []byte) (seconds float64, ok bool) {
	batches, seconds := p.sound(content)
	return seconds, batches == len(p.ends) && int64(len(content)) == p.size()
}

// mapFile maps a file into memory. The result is nil for a missing or empty file.
func mapFile(path string) (mmap.MMap, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() // the mapping outlives it
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return nil, err
	}
	memory, err := mmap.Map(file, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("map %s into memory: %w", path, err)
	}
	return memory, nil
}

// unmap releases the mapping, which may be nil.
func unmap(memory *mmap.MMap) error {
	if *memory == nil {
		return nil
	}
	return memory.Unmap()
}
