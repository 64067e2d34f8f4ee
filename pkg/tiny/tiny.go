// Package tiny provides lorabook-tiny, a small cased BERT that needs no download: 4 layers
// of width 192, 8,000 word pieces, inputs of up to 256 tokens, pre-trained on film reviews
// without their labels. It serves examples, tests and first steps.
//
// Importing the package makes the model's name known to package bert:
//
//	m, err := bert.Open(ctx, tiny.Name, bert.Options{Head: bert.MaskedLM})
//
// The model is part of the program: 7 MB. README.md describes the model, its training and
// its accuracy; the command tools/tiny/make trains it.
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

	"github.com/gofrs/flock"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/private"
	"github.com/lorabook/lorabook/pkg/bert"
)

// Name is the model's name, which [bert.Resolve] and every experiment accept.
const Name = "lorabook-tiny"

func init() { bert.RegisterModel(Name, Dir) }

//go:embed model
var files embed.FS

// Dir returns a folder that holds the model in the hub's layout, which other programs
// (Python's transformers) can read too. The folder lies in the user's cache, or among the
// temporary files for a user without a cache, or with one that cannot be written. Dir writes it if it is
// missing or damaged.
func Dir() (string, error) {
	cache, err := os.UserCacheDir()
	if err == nil {
		var dir string
		if dir, err = dirIn(cache); err == nil {
			return dir, nil
		}
	}
	// The home of a service's user may be a folder that does not exist, such as /nonexistent.
	other := filepath.Join(os.TempDir(), fmt.Sprintf("cache-of-%d", os.Getuid()))
	unsafe := private.Check(other) // others can make a folder among the temporary files
	if unsafe == nil {
		var dir string
		if dir, unsafe = dirIn(other); unsafe == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%w, nor to the temporary files (%w): set HOME, XDG_CACHE_HOME or TMPDIR to a folder of your own", err, unsafe)
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
	unlock, err := lock(filepath.Join(cache, "lorabook", "models"))
	if err != nil {
		return "", fmt.Errorf("model %s cannot be written to the cache: %w", Name, err)
	}
	defer unlock()
	if same(model, dir) { // another process has written it
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

// lock waits until no other process or goroutine writes the model to the folder: one that mends what is left
// of a model would remove what another one has just written. On a file system without locks there is none.
func lock(folder string) (unlock func(), err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	l := flock.New(filepath.Join(folder, "."+Name+".lock"))
	if err := l.Lock(); err != nil {
		return func() {}, nil
	}
	return func() { _ = l.Unlock() }, nil // which closes the file
}

// Version returns a digest of the model's files: 16 hexadecimal digits, which differ
// between versions of this module that hold different models.
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
