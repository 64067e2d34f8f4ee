package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/tempdir"
)

// Owned are the files of a folder that one writer makes, such as those of an adapter.
type Owned struct {
	// Files are the names of all files that the writer may make.
	Files []string
	// Marker is the one of Files without which the folder holds nothing: readers look for it
	// first.
	Marker string
}

// Update gives the folder dir the owned files that fill writes into tmp, and deletes those
// that fill did not write. Other files stay. Where dir does not exist it is made, as by
// [Create].
//
// While files of two versions are in dir, it has no marker: a crash leaves the old version,
// the new one, or none, and never a mixture. Where only one file changes, the marker stays.
// When fill fails, dir is as it was.
func Update(dir string, owned Owned, fill func(tmp string) error) error {
	dir = filepath.Clean(dir)
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Create(dir, fill)
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file: expected a folder, or nothing", dir)
	}
	made, err := tempdir.MakeIn(dir, temporary) // in dir, so that no renaming crosses file systems
	if err != nil {
		return err
	}
	defer func() { _ = made.Remove() }()
	tmp := made.Path
	if err := fill(tmp); err != nil {
		return err
	}
	changed, err := owned.changed(dir, tmp)
	if err != nil {
		return err
	}
	if len(changed) > 1 {
		if err := remove(filepath.Join(dir, owned.Marker)); err != nil {
			return err
		}
		if !slices.Contains(changed, owned.Marker) {
			changed = append(changed, owned.Marker) // unchanged, but just removed
		}
	}
	for _, name := range changed {
		from, to := filepath.Join(tmp, name), filepath.Join(dir, name)
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			err = remove(to)
			if err != nil {
				return err
			}
			continue
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
	}
	return nil
}

// changed lists the owned files that differ between dir and tmp, the marker last.
func (o Owned) changed(dir, tmp string) ([]string, error) {
	if !slices.Contains(o.Files, o.Marker) {
		return nil, fmt.Errorf("folder: marker %q: expected one of %q", o.Marker, o.Files)
	}
	entries, err := os.ReadDir(tmp)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !slices.Contains(o.Files, e.Name()) {
			return nil, fmt.Errorf("folder: %q was written: expected only %q", e.Name(), o.Files)
		}
	}
	names := slices.DeleteFunc(slices.Clone(o.Files), func(name string) bool { return name == o.Marker })
	var list []string
	for _, name := range append(names, o.Marker) {
		same, err := sameFile(filepath.Join(dir, name), filepath.Join(tmp, name))
		if err != nil {
			return nil, err
		}
		if !same {
			list = append(list, name)
		}
	}
	return list, nil
}

// sameFile reports whether two files have the same content, or neither exists.
func sameFile(a, b string) (bool, error) {
	x, errX := os.Open(a)
	if errX == nil {
		defer x.Close()
	}
	y, errY := os.Open(b)
	if errY == nil {
		defer y.Close()
	}
	for _, err := range []error{errX, errY} {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	if errX != nil || errY != nil {
		return errX != nil && errY != nil, nil
	}
	infoX, err := x.Stat()
	if err != nil {
		return false, err
	}
	infoY, err := y.Stat()
	if err != nil || infoX.Size() != infoY.Size() {
		return false, err
	}
	const chunk = 1 << 20
	left, right := make([]byte, chunk), make([]byte, chunk)
	for {
		n, err := io.ReadFull(x, left)
		m, other := io.ReadFull(y, right)
		if !bytes.Equal(left[:n], right[:m]) {
			return false, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return true, nil
		}
		if err := errors.Join(err, other); err != nil {
			return false, err
		}
	}
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
