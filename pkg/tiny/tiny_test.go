package tiny

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestDir(t *testing.T) {
	cache := t.TempDir()
	dirs := make([]string, 8)
	var wg sync.WaitGroup
	for i := range dirs { // notebooks and tests start side by side
		wg.Go(func() {
			dir, err := dirIn(cache)
			if err != nil {
				t.Error(err)
			}
			dirs[i] = dir
		})
	}
	wg.Wait()
	model, err := fs.Sub(files, "model")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if dir != dirs[0] || !same(model, dir) {
			t.Fatalf("%s and %s: expected one folder that holds the model", dirs[0], dir)
		}
	}
	// A file that was cut off is written again.
	if err := os.Truncate(filepath.Join(dirs[0], "model.safetensors"), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := dirIn(cache); err != nil || !same(model, dirs[0]) {
		t.Errorf("a damaged folder was not mended: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(dirs[0]))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

// TestWithoutHome: a service may run as a user who has none.
func TestWithoutHome(t *testing.T) {
	for _, name := range []string{"HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("TMPDIR", t.TempDir())
	if dir, err := Dir(); err != nil {
		t.Error(err)
	} else if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		t.Error(err)
	}
}

// TestHomeNotWritable: the users of many services have a home that does not exist.
func TestHomeNotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(name, filepath.Join(file, "below"))
	}
	t.Setenv("TMPDIR", t.TempDir())
	dir, err := Dir()
	if err != nil {
		t.Fatal(err)
	}
	if within, err := filepath.Rel(os.TempDir(), dir); err != nil || !filepath.IsLocal(within) {
		t.Errorf("the model is in %s, expected it below %s", dir, os.TempDir())
	}
	t.Setenv("TMPDIR", file)
	if dir, err := Dir(); err == nil || !strings.Contains(err.Error(), "set HOME") {
		t.Errorf("%s, %v: expected an error that says what to do", dir, err)
	}
}

func TestCacheNotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if dir, err := dirIn(file); err == nil {
		t.Errorf("wrote below a file: %s", dir)
	}
}

// TestSize: whoever imports the package downloads and links the model.
func TestSize(t *testing.T) {
	total := int64(0)
	err := fs.WalkDir(files, ".", func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		total += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if total > 12<<20 {
		t.Errorf("the model takes %d bytes, expected at most 12 MiB", total)
	}
}
