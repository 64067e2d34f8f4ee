// Package tiny holds lorabook-tiny, a small cased BERT of our own that needs no
// download. Its README.md says what it is and how well it does; the command tools/tiny/make
// makes it.
package tiny

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/lorabook/lorabook/internal/folder"
)

// Name is what the model answers to wherever a model is named.
const Name = "lorabook-tiny"

//go:embed model
var files embed.FS

// Dir is the model as a folder in the hub's layout, in the user's cache, so that
// other programs (Python's transformers) can read it too. It is written there when it
// is not, or not as it should be. A user without a cache folder gets one among the
// temporary files.
func Dir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = filepath.Join(os.TempDir(), fmt.Sprintf("cache-of-%d", os.Getuid()))
	}
	return dirIn(cache)
}

func dirIn(cache string) (string, error) {
	model, err := fs.Sub(files, "model")
	if err != nil {
		return "", err
	}
	version, err := Version()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "lorabook", "models", version, Name)
	if same(model, dir) {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("model %s: what is left of it in %s is in the way: %w", Name, dir, err)
	}
	err = folder.Create(dir, func(tmp string) error { return os.CopyFS(tmp, model) })
	if err != nil && !(errors.Is(err, folder.ErrTaken) && same(model, dir)) { // another process was faster
		return "", fmt.Errorf("model %s cannot be written to the cache: %w", Name, err)
	}
	return dir, nil
}

// Version tells the model of this module from that of another, by all of its files.
var Version = sync.OnceValues(func() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, "model", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n", path, len(content)) // never fails, as the next
		sum.Write(content)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
})

// same reports whether dir holds the model, file by file.
func same(model fs.FS, dir string) bool {
	err := fs.WalkDir(model, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		want, err := fs.ReadFile(model, path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(dir, path))
		if err == nil && !bytes.Equal(got, want) {
			err = errors.New("another content")
		}
		return err
	})
	return err == nil
}
