// Package regularfile opens the files that are read more than once, or at any position. A named pipe gives
// its bytes once and blocks without a writer, a device may never end:
//
//	file, err := regularfile.Open("reviews.csv")
package regularfile

import (
	"fmt"
	"io/fs"
	"os"
)

// SpecialError says that a path leads to something else than a file, after symbolic links.
type SpecialError struct {
	Path string
	Kind string // such as "named pipe"
}

const folder = "folder"

// Error names the path and says what to do.
func (e *SpecialError) Error() string {
	if e.Kind == folder {
		return fmt.Sprintf("%s is a folder, expected a file", e.Path)
	}
	return fmt.Sprintf("%s is a %s, expected a file, which can be read more than once: write the content to a file first", e.Path, e.Kind)
}

// Open opens the file at path. The error is a *[SpecialError] for anything else than a file, which is not
// opened, or the operating system's.
func Open(path string) (*os.File, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// Check returns the error of [Open] without opening the file.
func Check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		return nil
	}
	return &SpecialError{Path: path, Kind: kind(info.Mode())}
}

// kind names what is no file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return folder
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
