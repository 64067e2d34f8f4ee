//go:build !windows

package atomicfile

import (
	"io/fs"
	"path/filepath"

	"github.com/google/renameio/v2"
)

func create(path string, permissions fs.FileMode) (*File, error) {
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(permissions), renameio.WithExistingPermissions())
	if err != nil {
		return nil, err
	}
	return &File{file.File, file}, nil
}

func symlink(target, path string) error { return renameio.Symlink(target, path) }
