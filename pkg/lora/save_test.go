package lora

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/loratest"
)

// content is every file below a folder.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	loratest.Must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	}))
	return files
}

// What is saved comes back to the bit, head included.
func TestSaveAndLoad(t *testing.T) {
	a, store := injected(t, Config{R: 2, Alpha: 3, Dropout: 0.1, BaseModel: "some/model"})
	disturb(t, a, store)
	want := loratest.Snapshot(t, store)
	dir := filepath.Join(t.TempDir(), "runs", "first", "adapter")
	loratest.Must(t, a.Save(dir))
	if files := content(t, filepath.Dir(dir)); len(files) != 2 {
		t.Errorf("%d files, want 2", len(files))
	}

	other := loratest.Store(t)
	b, err := Open(dir, other, loratest.Modules())
	loratest.Must(t, err)
	if diff := cmp.Diff(want, loratest.Snapshot(t, other)); diff != "" {
		t.Errorf("opened: %s", diff)
	}
	if diff := cmp.Diff(a.Config(), b.Config()); diff != "" {
		t.Error(diff)
	}
	fresh, freshStore := injected(t, Config{R: 2, Alpha: 3})
	loratest.Must(t, fresh.Load(dir))
	if diff := cmp.Diff(want, loratest.Snapshot(t, freshStore)); diff != "" {
		t.Errorf("loaded: %s", diff)
	}
}

func TestSaveWhileMerged(t *testing.T) {
	a, store := injected(t, everything)
	disturb(t, a, store)
	apart, merged := t.TempDir(), t.TempDir()
	loratest.Must(t, a.Save(apart))
	loratest.Must(t, a.Merge())
	loratest.Must(t, a.Save(merged))
	for _, name := range []string{ConfigFile, TensorsFile} {
		x, err := os.ReadFile(filepath.Join(apart, name))
		loratest.Must(t, err)
		y, err := os.ReadFile(filepath.Join(merged, name))
		loratest.Must(t, err)
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs", name)
		}
	}
}

// Saving where another adapter lies replaces it and leaves what else is there.
func TestSaveReplaces(t *testing.T) {
	dir := t.TempDir()
	loratest.Must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o644))
	a, _ := opened(t, "suffix")
	loratest.Must(t, a.Save(dir))
	b, store := opened(t, "plain")
	loratest.Must(t, b.Save(dir))
	if _, err := Open(dir, loratest.Store(t), loratest.Modules()); err != nil {
		t.Error(err)
	}
	disturb(t, b, store)
	loratest.Must(t, b.Save(dir)) // the same settings, other weights
	other := loratest.Store(t)
	if _, err := Open(dir, other, loratest.Modules()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(loratest.Snapshot(t, store), loratest.Snapshot(t, other)); diff != "" {
		t.Error(diff)
	}
	var names []string
	for path := range content(t, dir) {
		names = append(names, filepath.Base(path))
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{ConfigFile, TensorsFile, "notes.txt"}, names); diff != "" {
		t.Error(diff)
	}
}

// A save that fails leaves everything as it was.
func TestSaveFails(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	loratest.Must(t, os.WriteFile(file, []byte("x"), 0o644))
	dir := filepath.Join(root, "adapter")
	a, store := opened(t, "plain")
	loratest.Must(t, a.Save(dir))
	before := content(t, root)
	if err := a.Save(file); err == nil || !strings.Contains(err.Error(), "expected a folder") {
		t.Errorf("a file: %v", err)
	}
	if err := a.Save(filepath.Join(file, "below")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("below a file: %v", err)
	}
	loratest.Must(t, store.GetVariable("/classifier/bias").Reset()) // no value left to write
	if err := a.Save(dir); err == nil || !strings.Contains(err.Error(), "/classifier/bias") {
		t.Errorf("a variable without a value: %v", err)
	}
	if diff := cmp.Diff(before, content(t, root)); diff != "" {
		t.Error(diff)
	}
}
