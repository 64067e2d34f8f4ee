package safetensors

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Section is a tensor of a file that is read in parts, each from the disk: the process holds none of
// it, and the system's cache of files serves what is read often. Its methods are safe for concurrent
// use, except Close, which must be the last call.
type Section struct {
	*io.SectionReader // the values, little-endian and row-major
	path, name        string
	disk              *os.File
	opened            os.FileInfo
}

// Section opens a tensor for reads of parts, which do not need the File any more. The checksum is
// verified once, here. A file that has changed since Open is an error.
func (f *File) Section(name string) (*Section, error) {
	e, err := f.entry(name)
	if err != nil {
		return nil, err
	}
	if _, err := f.Checked(name); err != nil {
		return nil, err
	}
	f.dropPages(name)
	disk, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	begin := int64(f.header.dataStart) + int64(e.begin)
	s := &Section{io.NewSectionReader(disk, begin, int64(e.end-e.begin)), f.path, name, disk, f.opened}
	if err := s.Unchanged(); err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	return s, nil
}

// Unchanged returns a *[FormatError] if the file was written to since it was opened. A file that took
// its place under its name does not count.
func (s *Section) Unchanged() error {
	now, err := s.disk.Stat()
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	if !os.SameFile(now, s.opened) || now.Size() != s.opened.Size() || !now.ModTime().Equal(s.opened.ModTime()) {
		return &FormatError{Path: s.path, Tensor: s.name, Reason: "the file has changed since it was opened: start the program again, and replace files by renaming instead of writing to them"}
	}
	return nil
}

// Close closes the file.
func (s *Section) Close() error { return s.disk.Close() }
