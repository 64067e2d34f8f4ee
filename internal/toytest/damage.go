package toytest

import (
	"bytes"
	"os"
	"testing"
)

// FlipLast changes a byte near the end of a file, which keeps its time.
func FlipLast(t *testing.T, path string) {
	t.Helper()
	rewrite(t, path, func(content []byte) []byte {
		content[len(content)-4] ^= 1
		return content
	})
}

// ReplaceIn replaces a text in a file once. The file keeps its time, as with cp -p and
// touch -r.
func ReplaceIn(t *testing.T, path, from, to string) {
	t.Helper()
	rewrite(t, path, func(content []byte) []byte {
		changed := bytes.Replace(content, []byte(from), []byte(to), 1)
		if bytes.Equal(changed, content) {
			t.Fatalf("%s: cannot replace %q by %q", path, from, to)
		}
		return changed
	})
}

// rewrite changes a file's content and not its time.
func rewrite(t *testing.T, path string, change func(content []byte) []byte) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
}
