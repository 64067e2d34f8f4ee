// Package folder makes folders that appear whole or not at all:
//
//	err := folder.Create("model", func(tmp string) error {
//		return os.WriteFile(filepath.Join(tmp, "config.json"), config, 0o644)
//	})
//
// [Create] makes a new folder, and [Update] replaces the files of one writer in a folder.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/tempdir"
)

// ErrTaken is the error of [Create] where the path exists and is not an empty folder.
var ErrTaken = errors.New("exists already")

// temporary begins the names of folders that are being written.
const temporary = ".saving-"

// IsTemporary reports whether a name is that of a folder that [Create] or [Update] was writing, also
// of an earlier version. Unless a process still writes it, it can be removed.
func IsTemporary(name string) bool {
	number, ok := strings.CutPrefix(name, temporary)
	return ok && number != "" && strings.Trim(number, "0123456789") == "" || tempdir.IsName(name, temporary)
}

// Create makes the folder dir, and those above it. fill writes the content into tmp, a
// folder beside dir, which is renamed to dir at the end. Where dir exists and is not an
// empty folder the error is [ErrTaken], before fill is called or, if another process made
// dir meanwhile, after. When fill or anything else fails, nothing is left.
// What a killed process has left beside dir is removed by the next Create there, where folders can
// be locked.
func Create(dir string, fill func(tmp string) error) (err error) {
	if err := free(dir); err != nil {
		return err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	made := missing(parent)
	var tmp *tempdir.Folder
	defer func() {
		if err == nil {
			tmp.Release()
			return
		}
		if tmp != nil {
			err = errors.Join(err, tmp.Remove())
		}
		for _, above := range made {
			_ = os.Remove(above) // fails where another process has put something into it
		}
	}()
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	if tmp, err = tempdir.MakeIn(parent, temporary); err != nil {
		return err
	}
	if err := fill(tmp.Path); err != nil {
		return err
	}
	if err := os.Chmod(tmp.Path, 0o755); err != nil {
		return err
	}
	if info, err := os.Lstat(dir); err == nil && info.IsDir() {
		_ = os.Remove(dir) // os.Rename does not replace even an empty folder; a filled one stays
	}
	if err := os.Rename(tmp.Path, dir); err != nil {
		return errors.Join(free(dir), err)
	}
	return nil
}

// missing lists dir and those above it that do not exist, the innermost first.
func missing(dir string) []string {
	var made []string
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return made
		}
		made = append(made, dir)
		dir = filepath.Dir(dir)
	}
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
