package lfs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/lfs"
)

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct{ text, size string }{
		"a pointer":             {pointer, "12345"},
		"with an extension":     {"version https://git-lfs.github.com/spec/v1\next-0-foo sha256:00\noid sha256:00\nsize 1\n", "1"},
		"CRLF, as Windows":      {strings.ReplaceAll(pointer, "\n", "\r\n"), "12345"},
		"without its size":      {"version https://git-lfs.github.com/spec/v1\n", ""},
		"of Git LFS's ancestor": {"version https://hawser.github.com/spec/v1\noid sha256:00\nsize 7\n", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model.safetensors")
			if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			err := lfs.CheckFile(path)
			var pe *lfs.PointerError
			if !errors.As(err, &pe) || pe.Size != c.size || pe.Path != path {
				t.Fatalf("got %#v, expected a pointer to %q bytes", err, c.size)
			}
			for _, says := range []string{path, "Git LFS pointer", "git lfs pull", c.size} {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("the error does not say %q: %v", says, err)
				}
			}
		})
	}
	for name, text := range map[string]string{"empty": "", "a vocabulary": "[PAD]\n[UNK]\n", "long": strings.Repeat("version ", 1000)} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := lfs.CheckFile(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := lfs.CheckFile(filepath.Join(t.TempDir(), "absent")); err != nil {
		t.Errorf("a file that is not there: %v", err)
	}
}
