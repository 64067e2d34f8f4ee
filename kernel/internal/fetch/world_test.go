package fetch

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

const (
	tinyHub   = "../../../pkg/bert/testdata/encoder/tiny"                     // a model in the hub's layout
	tinySaved = "../../../pkg/bert/testdata/google/bert-uncased-L-2-H-16-A-4" // the same as Google's
)

// world is a machine for one test: a hub that refuses connections, an empty cache, and
// a PATH with nothing on it but what the test puts there.
type world struct {
	*testing.T
	bin  string
	root string // where tests fetch to
	jar  string // what mvn brings
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, bin: t.TempDir(), root: t.TempDir(), jar: filepath.Join(t.TempDir(), "kept.jar")}
	t.Setenv("PATH", w.bin)
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, name := range []string{"HF_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"} {
		t.Setenv(name, "")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HF_ENDPOINT", "http://"+listener.Addr().String())
	listener.Close()

	pinned := easyBERT
	t.Cleanup(func() { easyBERT = pinned })
	inner := zipOf(t, readAll(t, tinySaved))
	easyBERT.member = "com/x/bert-uncased-L-2-H-16-A-4"
	easyBERT.memberSum, easyBERT.memberSize = sum(inner), int64(len(inner))
	w.setJar(zipOf(t, map[string][]byte{easyBERT.member: inner, "META-INF/MANIFEST.MF": nil}))
	return w
}

// setJar makes jar what mvn brings and what is pinned.
func (w *world) setJar(jar []byte) {
	w.Helper()
	w.write(w.jar, jar, 0o644)
	easyBERT.sum = sum(jar)
}

func (w *world) write(path string, data []byte, mode os.FileMode) {
	w.Helper()
	if err := os.WriteFile(path, data, mode); err != nil {
		w.Fatal(err)
	}
}

// maven puts an mvn on the PATH that puts the jar where it is told to, after running
// what first says.
func (w *world) maven(first string) {
	w.Helper()
	if runtime.GOOS == "windows" {
		w.Skip("needs a POSIX shell")
	}
	w.write(filepath.Join(w.bin, "mvn"), fmt.Appendf(nil, `#!/bin/sh
%s
for a; do case "$a" in
-Dartifact=*) [ "$a" = "-Dartifact=%s" ] || { echo "[ERROR] asked for $a"; exit 1; };;
-DoutputDirectory=*) to="${a#*=}";;
esac; done
echo "[INFO] Downloading from somewhere"
exec /bin/cp "%s" "$to/%s"
`, first, easyBERT.coordinates, w.jar, easyBERT.file), 0o755)
}

// fetch runs the command and returns what it printed.
func (w *world) fetch(ctx context.Context, name, dir string) (string, error) {
	var out bytes.Buffer
	err := Run(ctx, name, filepath.Join(w.root, dir), &out)
	return out.String(), err
}

// left lists all that lies below root.
func (w *world) left() []string {
	w.Helper()
	var names []string
	for name := range readAll(w.T, w.root) {
		names = append(names, name)
	}
	entries, _ := os.ReadDir(w.root)
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name()+"/")
		}
	}
	slices.Sort(names)
	return names
}

// readAll reads the files below dir.
func readAll(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = os.ReadFile(filepath.Join(dir, path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func zipOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, data := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
