package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// entry is a file to pack; kind 0 is a plain file.
type entry struct {
	name, content string
	kind          byte
}

// longestLine is the maximal size of a line in bytes.
const longestLine = 16 << 20

// small is the least that is a data set: a review in each of the four folders.
var small = []entry{
	{name: "aclImdb/", kind: tar.TypeDir},
	{name: "aclImdb/README", content: "about"},
	{name: "aclImdb/test/pos/10_8.txt", content: "Good."},
	{name: "aclImdb/test/neg/0_2.txt", content: "Bad."},
	{name: "aclImdb/train/unsup/0_0.txt", content: "Who knows."},
	{name: "aclImdb/train/neg/10_4.txt", content: "Weak.<br /><br />Very&nbsp;weak."},
	{name: "aclImdb/train/neg/9_1.txt", content: "Awful."},
	{name: "aclImdb/train/pos/2_10.txt", content: "Great."},
}

// with returns the small data set and more.
func with(more ...entry) []entry { return append(small[:len(small):len(small)], more...) }

func pack(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	if _, err := zipped.Write(packTar(t, entries...)); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func packTar(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	archive := tar.NewWriter(&packed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: 0o644, Size: int64(len(e.content))}
		if e.kind != 0 && e.kind != tar.TypeReg {
			header.Linkname, header.Size = e.content, 0
		} else {
			header.Typeflag = tar.TypeReg
		}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if header.Size > 0 {
			if _, err := archive.Write([]byte(e.content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func writeArchive(t testing.TB, entries ...entry) string {
	t.Helper()
	return writeFile(t, filepath.Join(t.TempDir(), "aclImdb_v1.tar.gz"), string(pack(t, entries...)))
}

func writeFile(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantError fails unless the error holds every one of the words.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error lacks %q: %v", word, err)
		}
	}
}

// reviewsOf makes reviews of the classes' sizes, classes mixed.
func reviewsOf(sizes ...int) []Example {
	var reviews []Example
	for i := 0; i < slices.Max(sizes); i++ {
		for label, size := range sizes {
			if i < size {
				reviews = append(reviews, Example{ID: fmt.Sprintf("%d/%d", label, i), Text: "x", Label: label})
			}
		}
	}
	return reviews
}
