package finetune

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

// The file of kept states: a header, and a record for each batch. The header is
// prefixMagic, the key [32], the seconds that the states took as float64, and the
// header's checksum. A record is the states [tokens, hidden] of each of the batch's
// reviews, without padding, and their checksum. All is little-endian, checksums are
// CRC-32C [4].
const (
	prefixMagic  = "lorabook prefix\n"
	prefixHeader = len(prefixMagic) + 32 + 8 + prefixSum
	prefixSum    = 4
)

// withSum adds the checksum of b to it.
func withSum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, digest.Castagnoli))
}

// isSound reports whether b ends with its checksum.
func isSound(b []byte) bool {
	n := len(b) - prefixSum
	return binary.LittleEndian.Uint32(b[n:]) == crc32.Checksum(b[:n], digest.Castagnoli)
}

func (p *prefixPlan) header(seconds float64) []byte {
	b := append([]byte(prefixMagic), p.key[:]...)
	return withSum(binary.LittleEndian.AppendUint64(b, math.Float64bits(seconds)))
}

// record returns the record of a batch with the states values [rows, length, hidden], or [rows,
// 1, hidden] if only the first token's are cached.
func (p *prefixPlan) record(batch batching.Batch, values []float32) []byte {
	stride := len(values) / batch.Rows
	var b []byte
	for row := range batch.Index {
		states := values[row*stride : row*stride+p.kept(batch.Lengths[row])*p.hidden]
		if p.stored == precision.BFloat16 {
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
func (p *prefixPlan) decode(out []float32, b []byte) {
	if p.stored == precision.BFloat16 {
		bfloat16.FromBytes(out, b)
		return
	}
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
}

// sound returns the number of undamaged batches from the first on, and the seconds in the header.
func (p *prefixPlan) sound(content []byte) (batches int, seconds float64) {
	if len(content) < prefixHeader || !isSound(content[:prefixHeader]) {
		return 0, 0
	}
	body, ok := bytes.CutPrefix(content[:prefixHeader], append([]byte(prefixMagic), p.key[:]...))
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
func (p *prefixPlan) whole(content []byte) (seconds float64, ok bool) {
	batches, seconds := p.sound(content)
	return seconds, batches == len(p.ends) && int64(len(content)) == p.size()
}

// mapFile maps a file into memory. One that is not there, or empty, is nil.
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
