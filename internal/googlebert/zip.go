package googlebert

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lorabook/lorabook/internal/bytecount"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// zipped is one of Google's releases as it is downloaded: a .zip, with its files in
// one folder or in none.
type zipped struct {
	path  string
	Zip   *zip.ReadCloser
	Name  string // of the release: that of the folder in the .zip, or else its own
	root  string // the folder in the .zip, with a slash behind it; "" for none
	files []*zip.File
}

// releaseFiles are the files of a release below its root; a .zip may hold others,
// such as the graph.
var releaseFiles = regexp.MustCompile(`^(?:(?:bert_model\.ckpt|variables/variables)\.(?:index|data-\d{5}-of-\d{5})|` +
	`(?:assets/)?vocab\.txt|(?:bert_)?config\.json|tokenizer_config\.json)$`)

// IsZip reports whether the file at path is a .zip, by its first bytes.
func IsZip(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var start [4]byte
	_, err = io.ReadFull(file, start[:])
	return err == nil && string(start[:]) == "PK\x03\x04"
}

// OpenZip finds the release in a .zip. A checkpoint's index tells where it lies.
func OpenZip(name string) (_ *zipped, err error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged or incomplete (%w): get it again from where it came", name, err)
	}
	z := &zipped{path: name, Zip: archive}
	defer func() {
		if err != nil {
			_ = z.Zip.Close()
		}
	}()
	var roots []string
	for _, f := range archive.File {
		for _, prefix := range []string{modelfolder.SavedVariables, modelfolder.GoogleCheckpoint} {
			root, ok := strings.CutSuffix(f.Name, prefix+".index")
			if ok && (root == "" || strings.HasSuffix(root, "/")) && !strings.HasPrefix(root, "__MACOSX/") {
				roots = append(roots, root)
			}
		}
	}
	if len(roots) != 1 {
		return nil, fmt.Errorf("%s holds %d models, expected one of Google's releases: %s.index or %s.index once in it", name, len(roots), modelfolder.GoogleCheckpoint, modelfolder.SavedVariables)
	}
	z.root = roots[0]
	if z.Name = path.Base(z.root); z.root == "" || !filepath.IsLocal(z.Name) { // it becomes a part of a path
		z.Name = cmp.Or(strings.TrimSuffix(filepath.Base(name), ".zip"), "model")
	}
	for _, f := range archive.File {
		if within, ok := strings.CutPrefix(f.Name, z.root); ok && releaseFiles.MatchString(within) {
			z.files = append(z.files, f)
		}
	}
	return z, nil
}

// Unpack writes the release's files into dir. progress is told the bytes, if it is
// not nil.
func (z *zipped) Unpack(ctx context.Context, dir string, progress func(done, total int64)) error {
	var total int64
	for _, f := range z.files {
		total += int64(f.UncompressedSize64)
	}
	count := &bytecount.Counter{Ctx: ctx, Total: total, Report: progress}
	for _, f := range z.files {
		dest := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(f.Name, z.root)))
		if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
			return err
		}
		if err := unpackFile(f, dest, count); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%s: unpacking %s: %w", z.path, f.Name, err)
		}
	}
	return nil
}

// unpackFile writes one file, whose checksum the zip reader checks at its end.
func unpackFile(f *zip.File, dest string, count *bytecount.Counter) (err error) {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(dest, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(io.MultiWriter(out, count), in); err != nil {
		return err
	}
	return out.Sync()
}
