package install

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// wheel is a Python package that holds a shared library, with the checksums of both.
type wheel struct {
	requirement string // as pip names it
	file        string
	sum         string // SHA-256 of the file, in hexadecimal
	member      string // the library's name in the file
	memberSum   string
	memberSize  int64
}

// xlaWheel holds XLA's CPU plugin for Linux on amd64, unmodified: the build of
// github.com/zml/pjrt-artifacts of 2026-06-23 (Apache-2.0).
var xlaWheel = wheel{
	requirement: "fastatomstruct-xla-cpu==2026.6.23",
	file:        "fastatomstruct_xla_cpu-2026.6.23-py3-none-manylinux_2_27_x86_64.whl",
	sum:         "88b1c430b341b4bea40a37420311c9c75db6e22b46d2ff95b6986577bee6afe9",
	member:      "fastatomstruct_xla_cpu/libpjrt_cpu.so",
	memberSum:   "0a0fe56ca17be9efc7b942e89e534e5e0ad4a0f1e369b66d27b62184509015b9",
	memberSize:  273768800,
}

// ChecksumError reports a file that is not the one that was pinned.
type ChecksumError struct {
	File      string
	Want, Got string // SHA-256, in hexadecimal
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s has SHA-256 %s, but %s is pinned: it is damaged or another version; nothing was installed from it",
		e.File, e.Got, e.Want)
}

// unpack checks the wheel at path and writes its library to dest, where it appears
// when it is whole and has its own checksum right. count is told of the bytes written.
func (w wheel) unpack(ctx context.Context, path, dest string, count func(n int)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, contextReader{ctx, file})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != w.sum {
		return &ChecksumError{File: path, Want: w.sum, Got: got}
	}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	member, err := archive.Open(w.member)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer member.Close()
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return err
	}
	out, err := renameio.NewPendingFile(dest, renameio.WithTempDir(filepath.Dir(dest)), renameio.WithStaticPermissions(0o755))
	if err != nil {
		return err
	}
	defer out.Cleanup()
	hash.Reset()
	in := io.LimitReader(contextReader{ctx, member}, w.memberSize+1)
	if _, err := io.Copy(io.MultiWriter(out, hash, counter(count)), in); err != nil {
		return fmt.Errorf("unpacking %s to %s: %w", w.member, dest, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != w.memberSum {
		return &ChecksumError{File: path + ": " + w.member, Want: w.memberSum, Got: got}
	}
	return out.CloseAtomicallyReplace()
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
