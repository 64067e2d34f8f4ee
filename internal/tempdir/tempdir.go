// Package tempdir makes temporary folders of which none stays for ever: what a killed process has
// left is removed when the next folder of its kind is made.
//
//	folder, err := tempdir.Make("lorabook-kernel-")
//	if err != nil {
//		return err
//	}
//	defer folder.Remove()
//
// A process locks its folder itself (flock(2)), so that the system releases the lock at the end of
// the process, also after kill -9. A folder that can be locked has no owner any more. Where a folder
// cannot be locked, on Windows and on some file systems, nothing is removed but by Remove.
package tempdir

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

// ending marks the names of folders that their owners lock: other folders of that prefix stay.
const ending = ".locked"

// IsName reports whether a name is that of a folder which [Make] makes with the prefix.
func IsName(name, prefix string) bool {
	number, ok := strings.CutPrefix(name, prefix)
	number, locked := strings.CutSuffix(number, ending)
	return ok && locked && number != "" && strings.Trim(number, "0123456789") == ""
}

// Folder is a temporary folder of this process.
type Folder struct {
	Path string
	lock *flock.Flock // nil where folders cannot be locked
}

// Make makes a folder in [os.TempDir], only for this user, whose name begins with prefix. Folders of
// that prefix whose processes have ended are removed first.
func Make(prefix string) (*Folder, error) { return MakeIn(os.TempDir(), prefix) }

// MakeIn is [Make] in a folder dir.
func MakeIn(dir, prefix string) (*Folder, error) {
	sweep(dir, prefix)
	const attempts = 100
	for range attempts {
		path, err := os.MkdirTemp(dir, prefix+"*"+ending)
		if err != nil {
			return nil, err
		}
		lock, free := acquire(path)
		if free {
			return &Folder{path, lock}, nil
		}
		// Another process took it for one without an owner, before it was locked, and removes it.
	}
	return nil, fmt.Errorf("no folder %s*%s can be made in %s: another process removes each; stop it", prefix, ending, dir)
}

// Remove removes the folder with its content.
func (f *Folder) Remove() error {
	err := os.RemoveAll(f.Path)
	f.Release() // after the removal: a folder without a lock is another process's to remove
	return err
}

// Release ends the ownership of a folder that has another name now.
func (f *Folder) Release() {
	if f.lock != nil {
		_ = f.lock.Close()
	}
}

// sweep removes the folders of a prefix whose processes have ended. A folder that cannot be removed
// stays.
func sweep(dir, prefix string) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		name := entry.Name()
		if !entry.IsDir() || !IsName(name, prefix) {
			continue
		}
		path := filepath.Join(dir, name)
		if lock, free := acquire(path); free && lock != nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}

// acquire locks a folder without waiting. free is false if another process has locked or removed
// it. The lock is nil where folders cannot be locked.
func acquire(path string) (lock *flock.Flock, free bool) {
	if runtime.GOOS == "windows" {
		return nil, true
	}
	lock = flock.New(path, flock.SetFlag(os.O_RDONLY))
	locked, err := lock.TryLock()
	switch {
	case locked && isAt(lock, path):
		return lock, true
	case err != nil && isFolder(path):
		_ = lock.Close()
		return nil, true
	}
	_ = lock.Close()
	return nil, false
}

// isAt reports whether the locked folder is the one at the path, and not one that was removed, or
// that a symbolic link names.
func isAt(lock *flock.Flock, path string) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(locked, there)
}

func isFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

// File makes a temporary file, whose name it removes at once where the system permits that: nothing
// of it is left after the end of the process. remove closes the file; on Windows it also removes
// it.
func File(pattern string) (file *os.File, remove func(), err error) {
	file, err = os.CreateTemp("", pattern)
	if err != nil {
		return nil, nil, err
	}
	named := os.Remove(file.Name()) != nil
	return file, func() {
		_ = file.Close()
		if named {
			_ = os.Remove(file.Name())
		}
	}, nil
}
