package safetensors

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/digest"
)

// checksumsKey is the metadata field of the checksums: CRC-32C in hexadecimal, of the header
// first and then of each tensor's bytes in the order of their names. Other programs pass it
// over.
const checksumsKey = "lorabook.crc32c"

// WithChecksums returns metadata that makes [Write] add checksums of the header and of each
// tensor, in the field "lorabook.crc32c". The result is not nil. [Open], [File.Tensor],
// [File.Float32] and [File.Checked] compare them; other programs pass them over.
func WithChecksums(metadata map[string]string) map[string]string {
	with := map[string]string{}
	maps.Copy(with, metadata)
	with[checksumsKey] = ""
	return with
}

// wantsChecksums reports whether the metadata requests checksums.
func wantsChecksums(metadata map[string]string) bool {
	_, wanted := metadata[checksumsKey]
	return wanted
}

// filled returns the metadata with the checksums of the tensors, if it requests them.
func filled(metadata map[string]string, named []Named, sums map[string]uint32) map[string]string {
	if !wantsChecksums(metadata) {
		return metadata
	}
	with := maps.Clone(metadata)
	delete(with, checksumsKey)
	shapes := make(map[string]string, len(named))
	for _, n := range named {
		shapes[n.Name] = describe(n.DType, n.Shape)
	}
	with[checksumsKey] = checksums(with, shapes, sums)
	return with
}

// checksums is the field's text, of a length that does not depend on sums. shapes
// describes each tensor.
func checksums(metadata, shapes map[string]string, sums map[string]uint32) string {
	names := slices.Sorted(maps.Keys(shapes))
	header := crc32.New(digest.Castagnoli)
	text := make([]string, 1, len(names)+1)
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		fmt.Fprintf(header, "%q %q\n", key, metadata[key]) // a hash never returns an error
	}
	for _, name := range names {
		fmt.Fprintf(header, "%q %s\n", name, shapes[name])
		_ = binary.Write(header, binary.LittleEndian, sums[name])
		text = append(text, fmt.Sprintf("%08x", sums[name]))
	}
	text[0] = fmt.Sprintf("%08x", header.Sum32())
	return strings.Join(text, " ")
}

// describe returns a tensor's entry without its offsets.
func describe(dtype string, shape []int) string { return fmt.Sprintf("%s %v", dtype, shape) }

const damagedReason = "the file was damaged after it was written, or changed by a program that kept its metadata: " +
	"put back a copy or make the file again; if it was changed on purpose, save it without the metadata field " + checksumsKey

// takeChecksums moves the checksums out of the header's metadata and checks the header's own.
func (h *header) takeChecksums(path string) error {
	field, ok := h.metadata[checksumsKey]
	if !ok {
		return nil
	}
	delete(h.metadata, checksumsKey)
	shapes := make(map[string]string, len(h.tensors))
	for name, e := range h.tensors {
		shapes[name] = describe(e.dtype.name, e.shape)
	}
	texts := strings.Fields(field)
	fail := func() error {
		return &FormatError{Path: path, Reason: "the header does not have the checksum that it states: " + damagedReason}
	}
	if len(texts) != len(h.tensors)+1 {
		return fail()
	}
	h.sums = make(map[string]uint32, len(h.tensors))
	for i, name := range slices.Sorted(maps.Keys(h.tensors)) {
		sum, err := strconv.ParseUint(texts[i+1], 16, 32)
		if err != nil {
			return fail()
		}
		h.sums[name] = uint32(sum)
	}
	if checksums(h.metadata, shapes, h.sums) != field {
		return fail()
	}
	return nil
}

// Checked returns [File.Bytes] of a tensor after verification of its checksum, if the file has
// one. A wrong checksum is a *[FormatError].
func (f *File) Checked(name string) ([]byte, error) {
	if _, err := f.entry(name); err != nil {
		return nil, err
	}
	bytes := f.Bytes(name)
	if want, ok := f.header.sums[name]; ok && crc32.Checksum(bytes, digest.Castagnoli) != want {
		return nil, &FormatError{Path: f.path, Tensor: name, Reason: "the values do not have the checksum that the header states: " + damagedReason}
	}
	return bytes, nil
}
