package archives

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/folder"
)

// maxUnpacked bounds the size of a file of an archive.
const maxUnpacked = 1 << 30

// Unpack downloads and unpacks a, unless both was done before, and returns the folder. inner is
// the path, with slashes, of an archive in a, whose folder is returned in place of a's; "" if there
// is none. The folder cache keeps the download and the folders.
func (a Archive) Unpack(ctx context.Context, cache, inner string) (string, error) {
	file, err := a.fetch(ctx, filepath.Join(cache, "packages"))
	if err != nil {
		return "", err
	}
	unpacked := filepath.Join(cache, "unpacked")
	dir := filepath.Join(unpacked, path.Base(a.Name)+"-"+a.Version)
	if err := unpack(ctx, file, dir); err != nil || inner == "" {
		return dir, err
	}
	packed := filepath.Join(dir, filepath.FromSlash(inner))
	dir = filepath.Join(unpacked, filepath.Base(dir)+"-"+path.Base(inner))
	return dir, unpack(ctx, packed, dir)
}

// unpack unpacks the archive file into dir, unless dir exists. dir appears whole or not at
// all.
func unpack(ctx context.Context, file, dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return folder.Create(dir, func(tmp string) error {
		open := unpackZip // wheels and jar files are zip files
		if strings.HasSuffix(file, ".tgz") || strings.HasSuffix(file, ".tar.gz") {
			open = unpackTar
		}
		if err := open(ctx, file, tmp); err != nil {
			return fmt.Errorf("unpack %s: %w", file, err)
		}
		return nil
	})
}

func unpackZip(ctx context.Context, path, dir string) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		content, err := entry.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
		err = errors.Join(write(ctx, dir, entry.Name, content), content.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

func unpackTar(ctx context.Context, path, dir string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(plain); ; {
		entry, err := entries.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if entry.Typeflag != tar.TypeReg { // folders are made for their files; data sets have no links
			continue
		}
		if err := write(ctx, dir, entry.Name, entries); err != nil {
			return err
		}
	}
}

// write writes the file name of an archive under dir. A name that leads out of dir is an error.
func write(ctx context.Context, dir, name string, content io.Reader) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !filepath.IsLocal(name) {
		return fmt.Errorf("the name %q leads out of the archive", name)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	n, err := io.CopyN(file, content, maxUnpacked)
	if err == io.EOF {
		err = nil
	} else if err == nil {
		err = fmt.Errorf("%s: expected fewer than %d bytes", name, n)
	}
	return errors.Join(err, file.Close())
}
