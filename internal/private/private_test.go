//go:build unix

package private_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/private"
)

func TestCheck(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "programs")
	if err := private.Check(dir); err != nil {
		t.Errorf("a missing folder: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	link := dir + "-link"
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for mode, fine := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o775: false, 0o702: false, 0o777 | os.ModeSticky: false} {
		if err := os.Chmod(dir, mode); err != nil { // Mkdir's mode is subject to the umask
			t.Fatal(err)
		}
		for _, path := range []string{dir, link} {
			err := private.Check(path)
			var problem *private.Error
			if fine && err != nil || !fine && (!errors.As(err, &problem) || !strings.Contains(err.Error(), "chmod go-w")) {
				t.Errorf("%s with mode %v: %v", path, mode, err)
			}
		}
	}
	for mode, fine := range map[os.FileMode]bool{0o700: true, 0o750: true, 0o775: true, 0o702: false, 0o777 | os.ModeSticky: false} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if err := private.CheckShared(dir); (err == nil) != fine || !fine && !strings.Contains(err.Error(), "chmod o-w") {
			t.Errorf("a shared folder with mode %v: %v", mode, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := private.Check(file); err == nil {
		t.Error("a file passes")
	}
}

func TestCheckOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not tested: only root can give a folder to another user")
		return
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 12345, -1); err != nil {
		t.Fatal(err)
	}
	for _, check := range []func(string) error{private.Check, private.CheckShared} {
		if err := check(dir); err == nil || !strings.Contains(err.Error(), "user 12345") {
			t.Errorf("a folder of another user: %v", err)
		}
	}
}
