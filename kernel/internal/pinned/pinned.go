// Package pinned verifies downloaded files with the checksums that this module pins:
//
//	err := pinned.Check(ctx, "plugin.whl", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
package pinned

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// ChecksumError reports a file that is not the one that was pinned.
type ChecksumError struct {
	File      string
	Want, Got string // SHA-256, in hexadecimal
}

// Error implements error.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s: found SHA-256 %s, expected %s: the file is damaged or another version, and was not used",
		e.File, e.Got, e.Want)
}

// Check reads a file and returns a *ChecksumError unless its SHA-256 is sum.
func Check(ctx context.Context, path, sum string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return Copy(ctx, io.Discard, file, path, sum, func(int) {})
}

// Copy copies the data with the given name. After the last byte it compares the SHA-256 with
// sum; a difference is a *ChecksumError. count receives the number of bytes of each write.
func Copy(ctx context.Context, to io.Writer, from io.Reader, name, sum string, count func(n int)) error {
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(to, hash, counter(count)), contextReader{ctx, from}); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		return &ChecksumError{File: name, Want: sum, Got: got}
	}
	return nil
}

// contextReader ends a copy when its context does.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// counter is a writer that only counts.
type counter func(n int)

func (c counter) Write(p []byte) (int, error) {
	c(len(p))
	return len(p), nil
}
