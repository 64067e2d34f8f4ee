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
)

// UnpackOnce returns the folder in the user's cache that holds the release in a
// .zip, under the SHA-256 of the .zip and the release's name. It unpacks it where it
// is not there yet.
func UnpackOnce(ctx context.Context, name string, progress func(done, total int64)) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder for this user to unpack %s into (%w): set HOME, or unpack it yourself and give the folder", name, err)
	}
	z, err := OpenZip(name)
	if err != nil {
		return "", err
	}
	defer z.Zip.Close()
	sum, err := sumOf(ctx, name)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "lorabook", "models", sum, z.Name)
	err = folder.Create(dir, func(tmp string) error { return z.Unpack(ctx, tmp, progress) })
	if err != nil && !errors.Is(err, folder.ErrTaken) { // what is there is whole
		return "", err
	}
	return dir, nil
}

// sumOf is the SHA-256 of a file, in hexadecimal.
func sumOf(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
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
