// Package atomicfile writes files that appear whole or not at all, on every system:
//
//	file, err := atomicfile.Create("adapter_model.safetensors", 0o644)
//	defer file.Abort()
//	_, err = file.Write(content)
//	err = file.Commit()
//
// The content is written beside the file, under its name between a dot and a random number,
// is synchronized with the disk, and is then renamed. A process that is killed before leaves
// at most that temporary file.
package atomicfile

import (
	"io/fs"
	"os"
	"strings"
)

// File is a file that is being written. [File.Commit] gives it its name.
type File struct {
	*os.File
	replacement replacement
}

// replacement ends the writing of a file.
type replacement interface {
	// CloseAtomicallyReplace closes the temporary file and gives it its name.
	CloseAtomicallyReplace() error
	// Cleanup removes the temporary file, unless it has its name.
	Cleanup() error
}

// Create begins to write the file at path, whose folder exists. A new file gets the
// permissions, less the process's umask; a file that is replaced passes its own on.
func Create(path string, permissions fs.FileMode) (*File, error) { return create(path, permissions) }

// Commit closes the file and gives it its name, in place of the file that had it.
func (f *File) Commit() error { return f.replacement.CloseAtomicallyReplace() }

// Abort removes what was written. After Commit it does nothing.
func (f *File) Abort() { _ = f.replacement.Cleanup() } // what cannot be removed stays beside the file

// Write writes a file as [Create] does.
func Write(path string, content []byte, permissions fs.FileMode) error {
	file, err := Create(path, permissions)
	if err != nil {
		return err
	}
	defer file.Abort()
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Commit()
}

// Symlink makes a symbolic link at path to target, in place of the link that is there.
func Symlink(target, path string) error { return symlink(target, path) }

// FinalName returns the name of the file that a temporary file was to become, and false for a name
// that is not a temporary file's.
func FinalName(temporary string) (string, bool) {
	name, dotted := strings.CutPrefix(strings.TrimRight(temporary, "0123456789"), ".")
	return name, dotted && name != "" && len(name)+1 < len(temporary)
}
