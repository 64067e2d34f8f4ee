package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
)

// portable replaces a file with the standard library alone.
type portable struct {
	file *os.File
	path string
	done bool
}

// createPortable is [Create] on systems that renameio does not support. The permissions are
// set without the umask, which such systems do not have.
func createPortable(path string, permissions fs.FileMode) (*File, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		permissions = info.Mode().Perm()
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"*")
	if err != nil {
		return nil, err
	}
	p := &portable{file: file, path: path}
	if err := os.Chmod(file.Name(), permissions); err != nil {
		_ = p.Cleanup()
		return nil, err
	}
	return &File{file, p}, nil
}

func (p *portable) CloseAtomicallyReplace() error {
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(p.file.Name(), p.path); err != nil {
		return err
	}
	p.done = true
	return nil
}

func (p *portable) Cleanup() error {
	if p.done {
		return nil
	}
	p.done = true
	_ = p.file.Close() // closed already where the renaming failed
	return os.Remove(p.file.Name())
}
