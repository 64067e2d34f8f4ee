// Package digest tells whether inputs are still the ones that they were: by the SHA-256 of
// what they hold, and, so that large files need not be read again each time, by a stamp of
// what the file system says of them.
package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"os"
)

// prefix begins every digest and says how it was computed.
const prefix = "sha256:"

// File is the digest of a file's bytes: "sha256:" and 64 hexadecimal digits.
func File(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return text(sum), nil
}

// Strings computes the digest of a sequence of strings, each with its length, so that
// no other sequence has the same. Use NewStrings to make one.
type Strings struct{ sum hash.Hash }

// NewStrings is the digest of no strings so far.
func NewStrings() Strings { return Strings{sha256.New()} }

// Add adds strings to the sequence.
func (s Strings) Add(texts ...string) {
	for _, t := range texts {
		var length [8]byte
		binary.LittleEndian.PutUint64(length[:], uint64(len(t)))
		s.sum.Write(length[:]) // a hash gives no error
		_, _ = io.WriteString(s.sum, t)
	}
}

// String is the digest of what was added, as [File] writes it.
func (s Strings) String() string { return text(s.sum) }

func text(sum hash.Hash) string { return prefix + hex.EncodeToString(sum.Sum(nil)) }
