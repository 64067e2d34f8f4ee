// Package folder makes folders that appear whole or not at all.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrTaken says that something stands where a new folder was to be made.
var ErrTaken = errors.New("exists already")

// Create makes the folder dir, and those above it, with what fill puts into tmp, a
// folder beside it that gets its name at the end. Where dir exists and is no empty
// folder the error is an ErrTaken, before fill is called and, if another process
// made it meanwhile, after. When fill or anything else fails, nothing is left.
func Create(dir string, fill func(tmp string) error) (err error) {
	if err := free(dir); err != nil {
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".saving-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if left := os.RemoveAll(tmp); left != nil {
				err = errors.Join(err, left)
			}
		}
	}()
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if info, err := os.Lstat(dir); err == nil && info.IsDir() {
		_ = os.Remove(dir) // os.Rename replaces none, not even an empty one; any other stays
	}
	if err := os.Rename(tmp, dir); err != nil {
		return errors.Join(free(dir), err)
	}
	return nil
}

// free reports whether dir can become a new folder.
func free(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%s %w", dir, ErrTaken)
}
