package lora

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// content is every file below a folder.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
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
	want := snapshot(t, store)
	dir := filepath.Join(t.TempDir(), "runs", "first", "adapter")
	must(t, a.Save(dir))
	if files := content(t, filepath.Dir(dir)); len(files) != 2 {
		t.Errorf("%d files, want 2", len(files))
	}

	other := tinyStore(t)
	b, err := Open(dir, other, tinyModules())
	must(t, err)
	if diff := cmp.Diff(want, snapshot(t, other)); diff != "" {
		t.Errorf("opened: %s", diff)
	}
	if diff := cmp.Diff(a.Config(), b.Config()); diff != "" {
		t.Error(diff)
	}
	fresh, freshStore := injected(t, Config{R: 2, Alpha: 3})
	must(t, fresh.Load(dir))
	if diff := cmp.Diff(want, snapshot(t, freshStore)); diff != "" {
		t.Errorf("loaded: %s", diff)
	}
}

func TestSaveWhileMerged(t *testing.T) {
	a, store := injected(t, everything)
	disturb(t, a, store)
	apart, merged := t.TempDir(), t.TempDir()
	must(t, a.Save(apart))
	must(t, a.Merge())
	must(t, a.Save(merged))
	for _, name := range []string{ConfigFile, TensorsFile} {
		x, err := os.ReadFile(filepath.Join(apart, name))
		must(t, err)
		y, err := os.ReadFile(filepath.Join(merged, name))
		must(t, err)
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs", name)
		}
	}
}

// Saving where another adapter lies replaces it and leaves what else is there.
func TestSaveReplaces(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o644))
	a, _ := opened(t, "suffix")
	must(t, a.Save(dir))
	b, store := opened(t, "plain")
	must(t, b.Save(dir))
	if _, err := Open(dir, tinyStore(t), tinyModules()); err != nil {
		t.Error(err)
	}
	disturb(t, b, store)
	must(t, b.Save(dir)) // the same settings, other weights
	other := tinyStore(t)
	if _, err := Open(dir, other, tinyModules()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(snapshot(t, store), snapshot(t, other)); diff != "" {
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
	must(t, os.WriteFile(file, []byte("x"), 0o644))
	dir := filepath.Join(root, "adapter")
	a, store := opened(t, "plain")
	must(t, a.Save(dir))
	before := content(t, root)
	if err := a.Save(file); err == nil || !strings.Contains(err.Error(), "expected a folder") {
		t.Errorf("a file: %v", err)
	}
	if err := a.Save(filepath.Join(file, "below")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("below a file: %v", err)
	}
	must(t, store.GetVariable("/classifier/bias").Reset()) // no value left to write
	if err := a.Save(dir); err == nil || !strings.Contains(err.Error(), "/classifier/bias") {
		t.Errorf("a variable without a value: %v", err)
	}
	if diff := cmp.Diff(before, content(t, root)); diff != "" {
		t.Error(diff)
	}
}
