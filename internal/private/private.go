// Package private checks that nobody else can put files into a folder from which code is loaded, as
// ssh checks the folder of its keys:
//
//	if err := private.Check(dir); err != nil {
//		return err
//	}
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Error reports a folder that others could change.
type Error struct {
	Dir    string
	Found  string // what is wrong, such as "its owner is user 1001"
	Remedy string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Dir, e.Found, e.Remedy) }

// Check returns an *Error if others could put files into the folder: its owner is neither the user
// of this process nor root, or it is writable for its group or for everybody. Symbolic links are
// followed. A folder that does not exist passes. Windows has no such permissions: there every folder
// passes.
func Check(dir string) error { return check(dir, 0o022) }

// CheckShared is Check for a folder that a group may share: it may be writable for its group.
func CheckShared(dir string) error { return check(dir, 0o002) }

// check refuses the owners of others, and the permissions in refused.
func check(dir string, refused fs.FileMode) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &Error{dir, "it is a file", "expected a folder"}
	}
	return checkOwner(dir, info, refused)
}
