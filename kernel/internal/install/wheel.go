package install

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/kernel/internal/pinned"
)

// wheel is a Python package with a shared library, and the checksums of both.
type wheel struct {
	requirement string // as pip names it
	file        string
	sum         string // SHA-256 of the file, in hexadecimal
	member      string // the library's name in the file
	memberSum   string
	memberSize  int64
}

// xlaWheel contains XLA's CPU plugin for Linux on amd64, unmodified: the build of
// github.com/zml/pjrt-artifacts of 2026-06-23 (Apache-2.0).
var xlaWheel = wheel{
	requirement: "fastatomstruct-xla-cpu==2026.6.23",
	file:        "fastatomstruct_xla_cpu-2026.6.23-py3-none-manylinux_2_27_x86_64.whl",
	sum:         "88b1c430b341b4bea40a37420311c9c75db6e22b46d2ff95b6986577bee6afe9",
	member:      "fastatomstruct_xla_cpu/libpjrt_cpu.so",
	memberSum:   "0a0fe56ca17be9efc7b942e89e534e5e0ad4a0f1e369b66d27b62184509015b9",
	memberSize:  273768800,
}

// unpack checks the wheel at path and writes its library to dest, atomically and after
// verification of the library's own checksum. count receives the number of bytes written.
func (w wheel) unpack(ctx context.Context, path, dest string, count func(n int)) error {
	if err := pinned.Check(ctx, path, w.sum); err != nil {
		return err
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer archive.Close()
	member, err := archive.Open(w.member)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer member.Close()
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return err
	}
	out, err := atomicfile.Create(dest, 0o755)
	if err != nil {
		return err
	}
	defer out.Abort()
	if err := out.Chmod(0o755); err != nil { // regardless of the umask and the old file
		return err
	}
	in := io.LimitReader(member, w.memberSize+1)
	if err := pinned.Copy(ctx, out, in, path+": "+w.member, w.memberSum, count); err != nil {
		return err
	}
	return out.Commit()
}
