package googlebert

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/bytecount"
	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/regularfile"
)

// UnpackOnce returns the folder in the user's cache that holds the release of a .zip. The
// folder's path contains the SHA-256 of the .zip and the release's name. UnpackOnce unpacks
// the release unless the folder exists.
func UnpackOnce(ctx context.Context, name string, progress func(done, total int64)) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("unpacking %s: the user has no cache folder (%w): set HOME, or unpack the .zip and give its folder", name, err)
	}
	archive, err := OpenZip(name)
	if err != nil {
		return "", err
	}
	defer archive.Close()
	sum, err := fileSHA256(ctx, name)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "lorabook", "models", sum, archive.Name)
	err = folder.Create(dir, func(tmp string) error { return archive.Unpack(ctx, tmp, progress) })
	if err != nil && !errors.Is(err, folder.ErrTaken) { // a folder that exists is complete
		return "", err
	}
	return dir, nil
}

// fileSHA256 returns the SHA-256 of a file in hexadecimal.
func fileSHA256(ctx context.Context, path string) (string, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(sum, &bytecount.Counter{Ctx: ctx}), file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
