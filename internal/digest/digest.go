// Package digest detects changes of input files: by the SHA-256 of their content, and by
// stamps of their file system metadata, so that large files need not be read again each time:
//
//	before := digest.Stamp("model.safetensors")
//	sum, err := digest.File("model.safetensors") // "sha256:..."
//	unchanged := before != "" && digest.Stamp("model.safetensors") == before
package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"

	"github.com/lorabook/lorabook/internal/regularfile"
)

// prefix is the start of every digest and names the algorithm.
const prefix = "sha256:"

// File is the digest of a file's bytes: "sha256:" and 64 hexadecimal digits.
func File(path string) (string, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := NewBytes()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return sum.String(), nil
}

// Bytes computes the digest of the bytes that are written to it. Use NewBytes to make one.
type Bytes struct{ hash.Hash }

// NewBytes is the digest of no bytes so far.
func NewBytes() Bytes { return Bytes{sha256.New()} }

// String returns the digest of the written bytes in the form of [File].
func (b Bytes) String() string { return text(b.Hash) }

// Strings computes the digest of a sequence of strings. It includes each string's length, so
// that different sequences have different digests. Use NewStrings to make one.
type Strings struct{ sum hash.Hash }

// NewStrings is the digest of no strings so far.
func NewStrings() Strings { return Strings{sha256.New()} }

// Add adds strings to the sequence.
func (s Strings) Add(texts ...string) {
	for _, t := range texts {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(t)))
		s.sum.Write(length[:]) // a hash never returns an error
		_, _ = io.WriteString(s.sum, t)
	}
}

// String returns the digest of the added strings in the form of [File].
func (s Strings) String() string { return text(s.sum) }

func text(sum hash.Hash) string { return prefix + hex.EncodeToString(sum.Sum(nil)) }
