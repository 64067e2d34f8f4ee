package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/regularfile"
	"github.com/lorabook/lorabook/internal/tempdir"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/layout"
	"github.com/lorabook/lorabook/pkg/data/internal/unzip"
)

// openZip reads a zip archive. It unpacks the archive into a temporary folder, which it removes.
// Errors, warnings and notes have paths in the archive.
func (o Opener) openZip(ctx context.Context, archive string) (_ *Dataset, err error) {
	o.outline = nil // the files are removed
	if err := regularfile.Check(archive); err != nil {
		return nil, err
	}
	if err := lfs.CheckFile(archive); err != nil {
		return nil, err
	}
	temporary, err := tempdir.Make("lorabook-zip-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, temporary.Remove()) }()
	dir := filepath.Join(temporary.Path, layout.BaseName(archive)) // the name of the data set
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if err := unzip.Usual.Folder(ctx, archive, dir); err != nil {
		if entry := (*unzip.EntryError)(nil); errors.As(err, &entry) {
			return nil, &EntryError{archive, entry.Entry, entry.Err}
		}
		return nil, fmt.Errorf("%s %w", archive, err)
	}
	z := zipped{archive: archive, dir: dir}
	d, err := o.openUnpacked(ctx, dir)
	if err != nil {
		return nil, z.fault(err)
	}
	for _, list := range [][]string{d.Warnings, d.Notes} {
		for i, text := range list {
			list[i] = z.text(text)
		}
	}
	return d, nil
}

// openUnpacked reads the folder of an archive.
func (o Opener) openUnpacked(ctx context.Context, dir string) (*Dataset, error) {
	found, err := layout.Archive(dir, o.wanted())
	if err != nil {
		return nil, err
	}
	found.Tables = slices.DeleteFunc(found.Tables, func(t formats.Table) bool { return t.Half != "" && !o.wanted().Has(t.Half) })
	if len(found.Tables) == 0 {
		return nil, layout.OnlyUnlabelledError(dir)
	}
	return o.openFound(ctx, layout.BaseName(dir), found)
}

// zipped replaces the path of the temporary folder by that of the archive.
type zipped struct{ archive, dir string }

func (z zipped) text(text string) string { return strings.ReplaceAll(text, z.dir, z.archive) }

// zipError is an error of a file in an archive.
type zipError struct {
	zipped
	err error
}

func (e *zipError) Error() string { return e.text(e.err.Error()) }

func (e *zipError) Unwrap() error { return e.err }

func (z zipped) fault(err error) error {
	lines := []*LineError{}
	if line := (*LineError)(nil); errors.As(err, &line) {
		lines = append(lines, line)
	}
	if bad := (*BadRowsError)(nil); errors.As(err, &bad) {
		lines = append(lines, bad.First...)
	}
	for _, line := range lines {
		line.Path = z.text(line.Path)
	}
	return &zipError{z, err}
}
