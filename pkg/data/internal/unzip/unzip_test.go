package unzip

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
)

func write(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.zip")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pack(t testing.TB, headers ...zip.FileHeader) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, header := range headers {
		f, err := w.CreateHeader(&header)
		if err == nil {
			_, err = f.Write(bytes.Repeat([]byte("text "), 1000))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func header(name string, mode fs.FileMode) zip.FileHeader {
	h := zip.FileHeader{Name: name, Method: zip.Deflate}
	h.SetMode(mode)
	return h
}

// TestLimits: an archive that unpacks to more than the limits is refused, and nothing is written.
func TestLimits(t *testing.T) {
	archive := write(t, pack(t, header("a/1.txt", 0o644), header("a/2.txt", 0o644), header(".git/x", 0o644)))
	for name, c := range map[string]struct {
		Limits
		want string // "": no error
	}{
		"large enough":   {Limits{2, 10_000, 1}, ""},
		"by ratio":       {Limits{2, 0, 100}, ""},
		"too large":      {Limits{2, 9_999, 1}, `entry "a/2.txt": the archive unpacks to more than`},
		"too many files": {Limits{1, 10_000, 1}, "more than 1 files"},
	} {
		dir := t.TempDir()
		err := c.Folder(t.Context(), archive, dir)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		found, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
		if want := map[bool]int{true: 2, false: 0}[c.want == ""]; len(found) != want {
			t.Errorf("%s: %q", name, found)
		}
	}
}

func TestRefused(t *testing.T) {
	encrypted := pack(t, header("a.csv", 0o644))
	at := bytes.Index(encrypted, []byte("PK\x01\x02"))
	encrypted[at+8] |= 1
	method := pack(t, header("a.csv", 0o644))
	method[bytes.Index(method, []byte("PK\x01\x02"))+10] = 14
	damaged := pack(t, header("a.csv", 0o644))
	damaged[40] ^= 0xff
	for want, content := range map[string][]byte{
		"is a link":              pack(t, header("a.csv", fs.ModeSymlink|0o777)),
		"is encrypted":           encrypted,
		"method 14":              method,
		`"a.csv": is damaged`:    damaged,
		"is not a zip archive":   []byte("text"),
		"path leads out":         pack(t, header(`..\a.csv`, 0o644)),
		`"C:/a.csv": path leads`: pack(t, header("C:/a.csv", 0o644)),
	} {
		err := Usual.Folder(t.Context(), write(t, content), t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzFolder: whatever an archive contains, nothing is written outside the folder.
func FuzzFolder(f *testing.F) {
	f.Add(pack(f, header("a/1.txt", 0o644)))
	f.Add(pack(f, header("../1.txt", 0o644)))
	f.Add(pack(f, header("a", 0o644), header("a/b", 0o644)))
	f.Fuzz(func(t *testing.T, content []byte) {
		outside := t.TempDir()
		dir := filepath.Join(outside, "in")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		archive := write(t, content)
		var err error
		memorytest.Bounded(t, len(content), func() {
			err = Limits{Files: 10, Size: 1 << 20, Ratio: 1}.Folder(t.Context(), archive, dir)
		})
		if errors.Is(err, ErrUnsafePath) {
			t.Log(err)
		}
		if items, err := os.ReadDir(outside); err != nil || len(items) != 1 {
			t.Fatalf("%v, %v", items, err)
		}
	})
}
