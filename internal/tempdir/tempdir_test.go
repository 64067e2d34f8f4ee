//go:build unix

package tempdir_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/internal/tempdir"
	"github.com/lorabook/lorabook/internal/testenv"
)

// maker makes a process make a folder, print its path, and wait.
const maker = "LORABOOK_TEST_MAKES_A_FOLDER"

func TestMain(m *testing.M) {
	if os.Getenv(maker) == "" {
		os.Exit(m.Run())
	}
	folder, err := tempdir.Make("kind-")
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(folder.Path + "\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// start starts a process that makes a folder with a file, and returns the folder's path.
func start(t *testing.T) (process *exec.Cmd, path string) {
	t.Helper()
	process, path = testenv.StartChild(t, nil, maker+"=1")
	if err := os.WriteFile(filepath.Join(path, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return process, path
}

func names(t *testing.T) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

// What a killed process left is removed with the next folder; the folders of running processes, of
// other kinds and of other programs, files and links stay.
func TestMake(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stay := []string{"kind-1", "kind-2.locked", "kind-3.locked", "other-4.locked"}
	for i, name := range stay {
		path := filepath.Join(os.TempDir(), name)
		var err error
		switch i {
		case 1:
			err = os.WriteFile(path, nil, 0o600)
		case 2:
			err = os.Symlink(elsewhere, path)
		default:
			err = os.Mkdir(path, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	killed, left := start(t)
	_, running := start(t)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	if _, err := os.Stat(filepath.Join(left, "file")); err != nil {
		t.Fatal("a killed process removes its folder: ", err)
	}

	folder, err := tempdir.Make("kind-")
	if err != nil {
		t.Fatal(err)
	}
	want := append(slices.Clone(stay), filepath.Base(running), filepath.Base(folder.Path))
	slices.Sort(want)
	if got := names(t); !slices.Equal(got, want) {
		t.Errorf("the folders are %q, expected %q", got, want)
	}
	if info, err := os.Stat(folder.Path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v (%v), expected one only for this user", info, err)
	}
	// This process's own folder stays, too.
	second, err := tempdir.Make("kind-")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*tempdir.Folder{folder, second} {
		if err := f.Remove(); err != nil {
			t.Error(err)
		}
	}
	want = append(slices.Clone(stay), filepath.Base(running))
	slices.Sort(want)
	if got := names(t); !slices.Equal(got, want) {
		t.Errorf("after Remove the folders are %q, expected %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "file")); err != nil {
		t.Error("what a link names was removed: ", err)
	}
}

// Folders that are made at the same time do not remove one another.
func TestMakeConcurrently(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				folder, err := tempdir.Make("kind-")
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(folder.Path, "file"), nil, 0o600); err != nil {
					t.Error(err)
				}
				if err := folder.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if left := names(t); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// A file has no name, so that nothing is left of it if its process is killed.
func TestFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	file, remove, err := tempdir.File("kind-*.tar")
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if left := names(t); len(left) > 0 {
		t.Errorf("a file has the name %q", left)
	}
	if _, err := file.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 4)
	if _, err := file.ReadAt(text, 0); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
}
