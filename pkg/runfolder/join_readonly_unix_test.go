//go:build unix

package runfolder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestJoinReadsAFolderThatCannotBeWritten: finished results are read from a medium that is
// read-only.
func TestJoinReadsAFolderThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	r := joined(t, dir)
	unlock, err := r.Lock(context.Background(), BaselineFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Write(BaselineFile, 7), unlock(), os.Chmod(r.Dir(), 0o555)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(r.Dir(), 0o755) }()
	asOrdinaryUser(t, dir)
	if file, err := os.Create(filepath.Join(r.Dir(), "written")); err == nil {
		_ = file.Close()
		t.Fatal("the folder can be written to")
	}
	var got int
	if err := joined(t, dir).Read(BaselineFile, &got); err != nil || got != 7 {
		t.Errorf("%d, %v", got, err)
	}
}

// asOrdinaryUser gives up the rights of root until the test ends, since root may write
// everywhere. dir and the folder that contains it become readable for all users.
func asOrdinaryUser(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755), syscall.Setreuid(-1, nobody)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setreuid(-1, 0); err != nil {
			t.Error(err)
		}
	})
}
