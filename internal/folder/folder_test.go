package folder_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/folder"
)

func put(name string) func(string) error {
	return func(tmp string) error { return os.WriteFile(filepath.Join(tmp, name), []byte(name), 0o644) }
}

// left lists what is in dir, temporary folders included.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestCreate(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "deep", "new")
	if err := folder.Create(dir, put("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil || left(t, dir) != "x" || info.Mode().Perm() != 0o755 {
		t.Errorf("holds %q, %v, %v", left(t, dir), info, err)
	}
	called := false
	err = folder.Create(dir, func(string) error { called = true; return nil })
	if !errors.Is(err, folder.ErrTaken) || !strings.Contains(err.Error(), dir) || called {
		t.Errorf("over a folder: %v, called %v", err, called)
	}
	empty := filepath.Join(root, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := folder.Create(empty, put("y")); err != nil || left(t, empty) != "y" {
		t.Errorf("over an empty folder: %v, %q", err, left(t, empty))
	}
	if err := folder.Create(filepath.Join(empty, "y"), put("z")); !errors.Is(err, folder.ErrTaken) {
		t.Errorf("over a file: %v", err)
	}
	if got := left(t, root); got != "deep empty" {
		t.Errorf("left %q", got)
	}
}

func TestCreateFails(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b", "new")
	dir := filepath.Join(root, "new")
	wrong := errors.New("wrong")
	err := folder.Create(dir, func(tmp string) error { return errors.Join(put("half")(tmp), wrong) })
	if !errors.Is(err, wrong) || left(t, root) != "" {
		t.Errorf("%v, left %q", err, left(t, root))
	}
	if err := folder.Create(deep, func(string) error { return wrong }); !errors.Is(err, wrong) || left(t, root) != "" {
		t.Errorf("%v, left %q", err, left(t, root))
	}
	// Another process is faster.
	err = folder.Create(dir, func(tmp string) error {
		return errors.Join(put("mine")(tmp), os.Mkdir(dir, 0o755), put("theirs")(dir))
	})
	if !errors.Is(err, folder.ErrTaken) || left(t, dir) != "theirs" || left(t, root) != "new" {
		t.Errorf("%v, left %q", err, left(t, root))
	}
}
