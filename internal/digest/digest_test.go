package digest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("abc"), 0o644); err != nil {
		t.Fatal(err)
	}
	// FIPS 180-4's example.
	const want = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got, err := File(path); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := File(path + "y"); err == nil {
		t.Error("a file that is not there has a digest")
	}
}

func TestStringsTellWhereOneEnds(t *testing.T) {
	a, b := NewStrings(), NewStrings()
	a.Add("ab", "c")
	b.Add("a", "bc")
	if a.String() == b.String() {
		t.Error("two sequences have one digest")
	}
	again := NewStrings()
	again.Add("ab")
	again.Add("c")
	if a.String() != again.String() {
		t.Error("one sequence has two digests")
	}
}

// TestStampFindsEveryChange: also one that keeps size and time, as cp -p and touch -r do.
func TestStampFindsEveryChange(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	a, b, outside := filepath.Join(in, "a"), filepath.Join(in, "sub", "b"), filepath.Join(dir, "outside")
	past := time.Now().Add(-time.Hour)
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
	}
	write(a, "one")
	write(b, "two")
	write(outside, "six")
	if err := os.Symlink(outside, filepath.Join(in, "link")); err != nil {
		t.Fatal(err)
	}
	if s := Stamp(in); s != "" {
		t.Errorf("files whose state changed just now have the stamp %q", s)
	}
	later := time.Now().Add(time.Minute)
	last := stampAt(later, in)
	if !strings.HasPrefix(last, prefix) || stampAt(later, in) != last {
		t.Fatalf("stamps %q, %q", last, stampAt(later, in))
	}
	for _, c := range []struct {
		name   string
		change func() error
	}{
		{"same size and time", func() error { write(a, "eno"); return nil }},
		{"behind a link", func() error { write(outside, "xis"); return nil }},
		{"a new file", func() error { write(filepath.Join(in, "c"), ""); return nil }},
		{"one less", func() error { return os.Remove(filepath.Join(in, "c")) }},
		{"renamed", func() error { return os.Rename(b, b+"2") }},
		{"a folder more", func() error { return os.Mkdir(filepath.Join(in, "empty"), 0o755) }},
	} {
		time.Sleep(20 * time.Millisecond) // a tick of the file system's clock
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		now := stampAt(later, in)
		if now == last || now == "" {
			t.Errorf("%s: not found", c.name)
		}
		last = now
	}
	if s := stampAt(later, filepath.Join(dir, "nowhere")); s != "" {
		t.Errorf("no file has the stamp %q", s)
	}
}
