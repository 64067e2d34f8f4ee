package atomicfile

import (
	"errors"
	"io/fs"
	"os"
)

// renameio does not support Windows, where os.Rename replaces a file unless a program has it
// open.
func create(path string, permissions fs.FileMode) (*File, error) {
	return createPortable(path, permissions)
}

func symlink(target, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, path)
}
