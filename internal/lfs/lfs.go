// Package lfs recognises Git LFS pointers: the small text files that a Git repository holds in
// place of large ones until `git lfs pull` has fetched these:
//
//	if err := lfs.CheckFile("model.safetensors"); err != nil {
//		return err // a *lfs.PointerError: run git lfs pull
//	}
//
// Source: the Git LFS specification, docs/spec.md of the git-lfs project.
package lfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/lorabook/lorabook/internal/regularfile"
)

// prefixes are the possible starts of a pointer: of Git LFS, and of its pre-releases under the
// name hawser.
var prefixes = [][]byte{[]byte("version https://git-lfs.github.com/spec/"), []byte("version https://hawser.github.com/spec/")}

// maxPointer is the length of the longest pointer in bytes: the specification wants less
// than 1024.
const maxPointer = 1024

var sizeLine = regexp.MustCompile(`(?m)^size ([0-9]+)\r?$`)

// PointerError reports a Git LFS pointer in place of a file.
type PointerError struct {
	Path string // the file; empty if the caller names it
	Size string // size of the real file in bytes, as the pointer states it; empty if it does not
}

// Error names the file, the pointer and the remedy.
func (e *PointerError) Error() string {
	if e.Path == "" {
		return e.Reason()
	}
	return e.Path + " " + e.Reason()
}

// Reason is Error without the path: "is a Git LFS pointer to ...".
func (e *PointerError) Reason() string {
	to := "the file itself"
	if e.Size != "" {
		to = fmt.Sprintf("the file of %s bytes itself", e.Size)
	}
	return "is a Git LFS pointer, not " + to + ": run `git lfs pull` in its repository, or download the file itself"
}

// Check returns a *[PointerError] if the start of a file is a pointer, otherwise nil. head
// contains the first bytes or the whole file; path is the name in the error.
func Check(path string, head []byte) error {
	for _, prefix := range prefixes {
		if bytes.HasPrefix(head, prefix) {
			e := &PointerError{Path: path}
			if size := sizeLine.FindSubmatch(head[:min(len(head), maxPointer)]); size != nil {
				e.Size = string(size[1])
			}
			return e
		}
	}
	return nil
}

// CheckFile is [Check] for the file at path. It returns nil for a file that is not a pointer,
// and for an unreadable file, since reading it returns the error. It reads nothing from a named pipe.
func CheckFile(path string) error {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	head := make([]byte, maxPointer)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return Check(path, head[:n])
}
