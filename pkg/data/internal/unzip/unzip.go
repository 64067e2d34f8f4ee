// Package unzip unpacks a zip archive into a folder. It refuses paths that lead out of the folder,
// and archives that are much larger once they are unpacked.
package unzip

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ErrUnsafePath is the error of an entry with a path outside the archive.
var ErrUnsafePath = errors.New("path leads out of the archive")

// EntryError reports an entry that cannot be unpacked. The caller knows the archive.
type EntryError struct {
	Entry string // its path in the archive
	Err   error  // the reason
}

func (e *EntryError) Error() string { return fmt.Sprintf("entry %q: %v", e.Entry, e.Err) }

// Unwrap returns the reason.
func (e *EntryError) Unwrap() error { return e.Err }

// Limits bound what an archive may unpack to.
type Limits struct {
	// Files is the maximal number of files.
	Files int
	// Size is the maximal size of all files in bytes. A larger archive may unpack to Ratio times
	// its own size.
	Size, Ratio int64
}

// Usual are limits that hold for archives of text. Deflate compresses a file of one repeated byte
// to a thousandth of its size, and English text to a third.
var Usual = Limits{Files: 500_000, Size: 4 << 30, Ratio: 100}

// Folder unpacks the archive into the folder dir, which exists. It leaves out hidden files and
// those that macOS adds in __MACOSX.
func (l Limits) Folder(ctx context.Context, name, dir string) (err error) {
	archive, err := zip.OpenReader(name)
	if archive != nil {
		defer archive.Close()
	}
	// Folder checks the names itself, whatever GODEBUG says.
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("is not a zip archive, or is damaged or incomplete (%w): copy or download it again", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	files, err := l.check(archive.File, max(l.Size, l.Ratio*info.Size()))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := unpack(file, filepath.Join(dir, filepath.FromSlash(path.Clean(file.Name)))); err != nil {
			return &EntryError{file.Name, err}
		}
	}
	return nil
}

// check returns the files to unpack.
func (l Limits) check(entries []*zip.File, most int64) (files []*zip.File, err error) {
	seen := map[string]bool{}
	left := most
	for _, entry := range entries {
		fault := func(err error) error { return &EntryError{entry.Name, err} }
		if Leaves(entry.Name) {
			return nil, fault(ErrUnsafePath)
		}
		name := path.Clean(entry.Name)
		switch {
		case strings.HasSuffix(entry.Name, "/"), hidden(name):
			continue
		case !entry.Mode().IsRegular():
			return nil, fault(errors.New("is a link or a device: expected only regular files and folders"))
		case entry.Flags&1 != 0:
			return nil, fault(errors.New("is encrypted: unpack the archive with its password, and open the folder"))
		case entry.Method != zip.Store && entry.Method != zip.Deflate:
			return nil, fault(fmt.Errorf("is compressed with method %d: expected deflate (8) or none (0); unpack the archive, and open the folder", entry.Method))
		case seen[name]:
			return nil, fault(errors.New("occurs twice: expected each path once"))
		}
		seen[name] = true
		files = append(files, entry)
		if len(files) > l.Files {
			return nil, fmt.Errorf("has more than %d files: unpack it, and open the folder", l.Files)
		}
		if entry.UncompressedSize64 > uint64(left) {
			return nil, fault(fmt.Errorf("the archive unpacks to more than %d MiB: unpack it, if you know its content, and open the folder", most>>20))
		}
		left -= int64(entry.UncompressedSize64)
	}
	return files, nil
}

// hidden reports whether a path is that of a file which no user has put into the archive.
func hidden(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return strings.HasPrefix(part, ".") || part == "__MACOSX"
	})
}

// unpack writes a file. Package zip reads no more than the size that the archive states, and checks
// the sum.
func unpack(entry *zip.File, target string) (err error) {
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	in, err := entry.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		if system := (*fs.PathError)(nil); errors.As(err, &system) {
			return err
		}
		return fmt.Errorf("is damaged (%w): copy or download the archive again", err)
	}
	return nil
}

// Leaves reports whether the path of an entry leads out of the folder it is unpacked to, on any
// system.
func Leaves(name string) bool {
	drive := len(name) > 1 && name[1] == ':'
	return drive || strings.HasPrefix(name, "/") || strings.Contains(name, `\`) ||
		slices.Contains(strings.Split(name, "/"), "..")
}
