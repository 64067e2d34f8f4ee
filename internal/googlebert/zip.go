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
	"github.com/lorabook/lorabook/internal/regularfile"
)

// Archive is a release as it is downloaded: a .zip, whose files lie in one folder or at
// the top.
type Archive struct {
	// Name is the release's name: that of the folder in the .zip, or else of the .zip
	// itself. It is a valid name of a folder.
	Name string

	path  string
	zip   *zip.ReadCloser
	root  string // folder in the .zip with a slash at its end; "" for none
	files []*zip.File
}

// Close closes the .zip.
func (a *Archive) Close() error { return a.zip.Close() }

// releaseFiles matches the files of a release, relative to its root. A .zip may hold others,
// such as the graph.
var releaseFiles = regexp.MustCompile(`^(?:(?:bert_model\.ckpt|variables/variables)\.(?:index|data-\d{5}-of-\d{5})|` +
	`(?:assets/)?vocab\.txt|(?:bert_)?config\.json|tokenizer_config\.json)$`)

// IsZip reports whether the file at path is a .zip, by its first bytes.
func IsZip(path string) bool {
	file, err := regularfile.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var start [4]byte
	_, err = io.ReadFull(file, start[:])
	return err == nil && string(start[:]) == "PK\x03\x04"
}

// OpenZip opens a .zip that holds one release. The release lies where the index of its
// checkpoint lies. The caller closes the archive.
func OpenZip(name string) (_ *Archive, err error) {
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged or incomplete (%w): download it again", name, err)
	}
	a := &Archive{path: name, zip: archive}
	defer func() {
		if err != nil {
			_ = a.zip.Close()
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
		return nil, fmt.Errorf("%s holds %d models, expected one of Google's releases: exactly one %s.index or %s.index", name, len(roots), modelfolder.GoogleCheckpoint, modelfolder.SavedVariables)
	}
	a.root = roots[0]
	if a.Name = path.Base(a.root); a.root == "" || !filepath.IsLocal(a.Name) { // it becomes part of a path
		a.Name = cmp.Or(strings.TrimSuffix(filepath.Base(name), ".zip"), "model")
	}
	for _, f := range archive.File {
		if within, ok := strings.CutPrefix(f.Name, a.root); ok && releaseFiles.MatchString(within) {
			a.files = append(a.files, f)
		}
	}
	return a, nil
}

// Unpack writes the release's files into dir. progress, unless nil, is called with the
// number of bytes.
func (a *Archive) Unpack(ctx context.Context, dir string, progress func(done, total int64)) error {
	var total int64
	for _, f := range a.files {
		total += int64(f.UncompressedSize64)
	}
	count := &bytecount.Counter{Ctx: ctx, Total: total, Report: progress}
	for _, f := range a.files {
		dest := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(f.Name, a.root)))
		if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
			return err
		}
		if err := unpackFile(f, dest, count); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%s: unpacking %s: %w", a.path, f.Name, err)
		}
	}
	return nil
}

// unpackFile writes one file. The zip reader verifies its checksum.
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
