package regularfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A named pipe without a writer would block os.Open.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	pipe, link, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink(pipe, link), os.WriteFile(file, []byte("text"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]string{pipe: "named pipe", link: "named pipe", dir: "folder", os.DevNull: "device"} {
		special := (*SpecialError)(nil)
		if _, err := Open(path); !errors.As(err, &special) || special.Kind != kind || special.Path != path {
			t.Errorf("%s: %v, expected that it is a %s", path, err, kind)
		}
	}
	if _, err := Open(file + "s"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, expected that there is no file", err)
	}
	f, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
}
