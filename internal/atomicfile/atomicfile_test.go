package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

// implementations are the one of this system and the one of systems without renameio.
var implementations = map[string]func(string, fs.FileMode) (*File, error){"native": create, "portable": createPortable}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestCommitReplacesAndAbortKeeps(t *testing.T) {
	for name, create := range implementations {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x.json")
			write := func(content string) *File {
				file, err := create(path, 0o640)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := file.WriteString(content); err != nil {
					t.Fatal(err)
				}
				return file
			}
			first := write("first")
			// The sweepers of run folders and program caches know the temporary file by this name.
			if found := names(t, dir); len(found) != 1 || !regexp.MustCompile(`^\.x\.json\d+$`).MatchString(found[0]) {
				t.Errorf("before Commit the folder holds %q", found)
			} else if final, ok := FinalName(found[0]); !ok || final != "x.json" {
				t.Errorf("%q: the final name is %q, %v", found[0], final, ok)
			}
			if err := first.Commit(); err != nil {
				t.Fatal(err)
			}
			first.Abort()
			if got := read(t, path); got != "first" {
				t.Errorf("the file holds %q", got)
			}
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != 0o640 {
				t.Errorf("a new file has the permissions %v", got)
			}
			write("second").Abort()
			if got := read(t, path); got != "first" {
				t.Errorf("after Abort the file holds %q", got)
			}
			if err := os.Chmod(path, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := write("third").Commit(); err != nil {
				t.Fatal(err)
			}
			if info, err = os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("a replaced file's permissions became %v (%v)", info.Mode(), err)
			}
			if got := read(t, path); got != "third" || len(names(t, dir)) != 1 {
				t.Errorf("the file holds %q, the folder %q", got, names(t, dir))
			}
		})
	}
}

func TestWhatCannotBeReplaced(t *testing.T) {
	for name, create := range implementations {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := create(filepath.Join(dir, "missing", "x"), 0o644); err == nil {
				t.Error("a file was begun in a folder that does not exist")
			}
			taken := filepath.Join(dir, "taken")
			if err := os.MkdirAll(filepath.Join(taken, "inside"), 0o755); err != nil {
				t.Fatal(err)
			}
			file, err := create(taken, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			if err := file.Commit(); err == nil {
				t.Error("a folder was replaced")
			}
			file.Abort()
			if found := names(t, dir); len(found) != 1 {
				t.Errorf("the folder holds %q", found)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, content := range []string{"first", ""} {
		if err := Write(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != content {
			t.Errorf("the file holds %q, want %q", got, content)
		}
	}
}

func TestSymlinkReplacesALink(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "link")
	for _, target := range []string{"one", "two"} {
		if err := os.WriteFile(filepath.Join(dir, target), []byte(target), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Symlink(target, path); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != target {
			t.Errorf("the link leads to %q, want %q", got, target)
		}
	}
}
