package install

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/pinned"
)

const libraryText = "\x7fELF a library of one line"

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// testWheel returns a small wheel and its bytes.
func testWheel(t *testing.T) (wheel, []byte) {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	member, err := archive.Create("pkg/lib.so")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := member.Write([]byte(libraryText)); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return wheel{
		requirement: "pkg==1.0", file: "pkg-1.0-py3-none-any.whl", sum: sum(file.Bytes()),
		member: "pkg/lib.so", memberSum: sum([]byte(libraryText)), memberSize: int64(len(libraryText)),
	}, file.Bytes()
}

func TestUnpack(t *testing.T) {
	good, data := testWheel(t)
	longer := good
	longer.memberSize -= 2
	otherMember := good
	otherMember.memberSum = sum([]byte("another"))
	noMember := good
	noMember.member = "pkg/none.so"
	noZip := good
	noZip.sum = sum([]byte("<html>not found</html>"))
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()

	for name, test := range map[string]struct {
		wheel    wheel
		data     []byte
		ctx      context.Context
		checksum bool   // the error is a ChecksumError
		want     string // in the error's text
	}{
		"truncated":      {good, data[:len(data)/2], nil, true, "was not used"},
		"one bit off":    {good, append([]byte{data[0] ^ 1}, data[1:]...), nil, true, good.sum},
		"empty":          {good, nil, nil, true, good.sum},
		"library longer": {longer, data, nil, true, "pkg/lib.so"},
		"library other":  {otherMember, data, nil, true, "pkg/lib.so"},
		"library absent": {noMember, data, nil, false, "pkg/none.so"},
		"no archive":     {noZip, []byte("<html>not found</html>"), nil, false, "zip"},
		"cancelled":      {good, data, cancelled, false, "canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "w.whl")
			if err := os.WriteFile(path, test.data, 0o644); err != nil {
				t.Fatal(err)
			}
			ctx := test.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			dest := filepath.Join(dir, "lib", "plugin.so")
			err := test.wheel.unpack(ctx, path, dest, func(int) {})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if checksum := new(pinned.ChecksumError); errors.As(err, &checksum) != test.checksum {
				t.Errorf("%T is a ChecksumError: %v, want %v", err, !test.checksum, test.checksum)
			}
			if left, _ := os.ReadDir(filepath.Join(dir, "lib")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestUnpackReplaces(t *testing.T) {
	w, data := testWheel(t)
	dir := t.TempDir()
	path, dest := filepath.Join(dir, "w.whl"), filepath.Join(dir, "plugin.so")
	for path, text := range map[string][]byte{path: data, dest: []byte("old")} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var counted int
	if err := w.unpack(context.Background(), path, dest, func(n int) { counted += n }); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(dest)
	if err != nil || string(got) != libraryText {
		t.Fatalf("unpacked %q, %v", got, err)
	}
	if counted != len(libraryText) {
		t.Errorf("progress counted %d bytes of %d", counted, len(libraryText))
	}
	if info, _ := os.Stat(dest); info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, want 0755: other users load it too", info.Mode())
	}
}

// TestRealWheel checks the pinned sums against the file itself.
func TestRealWheel(t *testing.T) {
	path := testenv.Get(t, "LORABOOK_XLA_WHEEL")
	if path == "" {
		t.Skip("set LORABOOK_XLA_WHEEL to the file " + xlaWheel.file + ", which `pip download --no-deps " + xlaWheel.requirement + "` brings")
	}
	dest := filepath.Join(t.TempDir(), "pjrt_c_api_cpu_plugin.so")
	if err := xlaWheel.unpack(context.Background(), path, dest, func(int) {}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dest); err != nil || info.Size() != xlaWheel.memberSize {
		t.Errorf("unpacked %v, %v; want %d bytes", info, err, xlaWheel.memberSize)
	}
}
