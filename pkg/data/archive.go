package data

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/regularfile"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/unzip"
)

// archiveExtensions are the compressions of tar archives by the extension of the file name.
var archiveExtensions = map[string]*decode.Compression{
	".tar.gz": &decode.Gzipped, ".tgz": &decode.Gzipped,
	".tar.bz2": &decode.Bzipped, ".tbz2": &decode.Bzipped,
	".tar.zst": &decode.Zstandard, ".tzst": &decode.Zstandard,
	".tar.xz": &decode.Xzipped, ".txz": &decode.Xzipped,
}

// archiveCompression returns the compression of a tar archive by its name, and nil for another
// file.
func archiveCompression(name string) *decode.Compression {
	for ending, c := range archiveExtensions {
		if strings.HasSuffix(strings.ToLower(name), ending) {
			return c
		}
	}
	return nil
}

// openArchive reads IMDB from a compressed tar archive as a stream.
func (o Opener) openArchive(ctx context.Context, name string, c *decode.Compression) (*Dataset, error) {
	if err := lfs.CheckFile(name); err != nil {
		return nil, err
	}
	file, err := regularfile.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return o.readArchive(name, c, decode.NewMeter(ctx, info.Size(), o.Progress).Reader(file))
}

func (o Opener) readArchive(name string, c *decode.Compression, r io.Reader) (*Dataset, error) {
	// The xz library reads byte by byte.
	unzipped, err := c.Open(bufio.NewReaderSize(r, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("%s is not %s (%w): download the archive again", name, c.Name, err)
	}
	defer unzipped.Close()
	b := imdbBuilder{opener: o, source: name}
	if err := readEntries(tar.NewReader(unzipped), &b); err != nil {
		return nil, err
	}
	// The checksum follows the last entry.
	if _, err := io.Copy(io.Discard, unzipped); err != nil {
		return nil, damaged(name, err)
	}
	return b.dataset()
}

func damaged(name string, err error) error {
	return fmt.Errorf("%s is damaged or incomplete (%w): download the archive again", name, err)
}

func readEntries(archive *tar.Reader, b *imdbBuilder) error {
	var content []byte
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		// Unsafe names are refused below, whatever GODEBUG says.
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return damaged(b.source, err)
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		fault := func(err error) error { return &EntryError{b.source, header.Name, err} }
		if unzip.Leaves(header.Name) {
			return fault(fmt.Errorf("%w: this is not the published archive", ErrUnsafePath))
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		if header.Typeflag != tar.TypeReg {
			return fault(errors.New("is a link or a device: expected only regular files and folders"))
		}
		key, ok, err := parseIMDBPath(path.Clean(header.Name))
		if !b.selects(key) {
			continue
		}
		if err != nil {
			return fault(err)
		}
		if !ok {
			continue
		}
		if header.Size > decode.MaxText {
			return fault(fmt.Errorf("%d bytes: expected at most %d", header.Size, decode.MaxText))
		}
		content = slices.Grow(content[:0], int(header.Size))[:header.Size]
		if _, err := io.ReadFull(archive, content); err != nil {
			return damaged(b.source, err)
		}
		if err := b.add(key, header.Name, content); err != nil {
			return err
		}
	}
}
