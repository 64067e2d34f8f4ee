package bert

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// What testdata/google/make_google.py wrote of testdata/encoder/tiny.
const (
	googleRelease = "testdata/google/uncased_L-2_H-16_A-4"
	googleSaved   = "testdata/google/bert-uncased-L-2-H-16-A-4"
)

// copyRelease copies a folder below a new one, under another name.
func copyRelease(t testing.TB, from, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// zipOf packs a folder's files below root, as Google's are, with what change makes of
// the .zip.
func zipOf(t testing.TB, from, name, root string, change func([]byte) []byte) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if root != "" {
		if _, err := w.Create(root); err != nil {
			t.Fatal(err)
		}
	}
	err := fs.WalkDir(os.DirFS(from), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(from, path))
		if err != nil {
			return err
		}
		f, err := w.Create(root + path)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return err
	})
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	if change != nil {
		data = change(data)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// newCache gives the test an empty cache folder.
func newCache(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
	return dir
}

// filesBelow lists all files below dir, hidden ones included.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestOpenGoogle opens the same weights in every form that Google's releases have.
func TestOpenGoogle(t *testing.T) {
	newCache(t)
	for name, path := range map[string]string{
		"release":              googleRelease,
		"saved model":          googleSaved,
		"zip with a folder":    zipOf(t, googleRelease, "download.zip", "uncased_L-2_H-16_A-4/", nil),
		"zip without a folder": zipOf(t, googleRelease, "uncased_L-2_H-16_A-4.zip", "", nil),
		"zipped saved model":   zipOf(t, googleSaved, "bert-uncased-L-2-H-16-A-4", "", nil),
	} {
		t.Run(name, func(t *testing.T) {
			for _, head := range []Head{NoHead, MaskedLM} {
				want, err := open(tiny, head)
				if err != nil {
					t.Fatal(err)
				}
				got, err := open(path, head)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want, got)
				w, g := want.Config, got.Config
				if g.NumAttentionHeads != w.NumAttentionHeads || g.IntermediateSize != w.IntermediateSize || g.NumHiddenLayers != w.NumHiddenLayers ||
					g.MaxPositionEmbeddings != w.MaxPositionEmbeddings || g.TypeVocabSize != w.TypeVocabSize || g.HiddenAct != w.HiddenAct {
					t.Errorf("configuration %+v, expected %+v", g, w)
				}
				if ids := got.Tokenizer.Encode("Bad", 8); !slices.Equal(ids, want.Tokenizer.Encode("bad", 8)) {
					t.Errorf("an uncased model reads Bad as %v", ids)
				}
			}
			m, err := Open(context.Background(), path, Options{Head: Classification, Labels: []string{"neg", "pos"}})
			if err != nil || !slices.Equal(m.Fresh, []string{"classifier.weight", "classifier.bias"}) {
				t.Errorf("as a classifier: %v, %v", m, err)
			}
		})
	}
}

func TestUnpackOnce(t *testing.T) {
	cache := newCache(t)
	path := zipOf(t, googleRelease, "uncased_L-2_H-16_A-4.zip", "", nil)
	var done, total int64
	opts := ResolveOptions{Progress: func(d, n int64) { done, total = d, n }}
	dir, err := Resolve(context.Background(), path, opts)
	if err != nil || !strings.HasPrefix(dir, cache) || filepath.Base(dir) != "uncased_L-2_H-16_A-4" {
		t.Fatal(dir, err)
	}
	if done != total || total < 20000 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
	done = 0
	if again, err := Resolve(context.Background(), path, opts); err != nil || again != dir || done != 0 {
		t.Errorf("second time: %s, %v, %d bytes unpacked", again, err, done)
	}
	if got := filesBelow(t, cache); len(got) != 4 {
		t.Errorf("the cache holds %q", got)
	}
}

func TestZipFaults(t *testing.T) {
	holding := func(names ...string) []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, name := range names {
			if _, err := w.Create(name); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for name, c := range map[string]struct {
		change func([]byte) []byte
		says   string
	}{
		"cut short": {func(b []byte) []byte { return b[:len(b)-100] }, "damaged or incomplete"},
		"one byte off": {func(b []byte) []byte {
			b[bytes.Index(b, []byte("bert_model.ckpt.data-00000-of-00001"))+200] ^= 1
			return b
		}, "unpacking x/bert_model.ckpt.data-00000-of-00001"},
		"another zip":       {func([]byte) []byte { return holding("xbert_model.ckpt.index", "vocab.txt") }, "holds 0 models"},
		"two models":        {func([]byte) []byte { return holding("a/bert_model.ckpt.index", "b/bert_model.ckpt.index") }, "holds 2 models"},
		"for a Mac as well": {func([]byte) []byte { return holding("__MACOSX/a/bert_model.ckpt.index") }, "holds 0 models"},
		"a web page":        {func([]byte) []byte { return []byte("<!DOCTYPE html>") }, "it is a file"},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t)
			path := zipOf(t, googleRelease, "uncased.zip", "x/", c.change)
			_, err := open(path, NoHead)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want one about %s with %q", err, path, c.says)
			}
			if got := filesBelow(t, cache); len(got) > 0 {
				t.Errorf("left %q", got)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		cache := newCache(t)
		ctx, cancel := context.WithCancel(context.Background())
		path := zipOf(t, googleRelease, "uncased.zip", "", nil)
		_, err := Resolve(ctx, path, ResolveOptions{Progress: func(done, total int64) { cancel() }})
		if !errors.Is(err, context.Canceled) || len(filesBelow(t, cache)) > 0 {
			t.Errorf("%v, left %q", err, filesBelow(t, cache))
		}
	})
}

// FuzzOpenZip unpacks damaged archives: nothing may appear outside the cache.
func FuzzOpenZip(f *testing.F) {
	for _, root := range []string{"", "cased_L-2/", "../", "../../up/", "/"} {
		data, err := os.ReadFile(zipOf(f, googleSaved, "x.zip", root, nil))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		outer := newCache(t)
		cache := filepath.Join(outer, "a", "b")
		t.Setenv("XDG_CACHE_HOME", cache)
		path := filepath.Join(t.TempDir(), "x.zip")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		var dir string
		var err error
		memorytest.Bounded(t, len(data), func() { dir, err = Resolve(context.Background(), path, ResolveOptions{}) })
		for _, name := range filesBelow(t, outer) {
			if !strings.HasPrefix(name, "a/b/lorabook/models/") || strings.Count(name, "/") < 6 || err != nil {
				t.Errorf("unpacked %s, resolved to %q, %v", name, dir, err)
			}
		}
	})
}
