package tfcheckpoint

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/edsrzf/mmap-go"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/regularfile"
)

// shard is one file of values, mapped into memory: only accessed parts are read from the disk.
type shard struct {
	path   string
	memory mmap.MMap
}

func shardPath(prefix string, i, of int) string {
	return fmt.Sprintf("%s.data-%05d-of-%05d", prefix, i, of)
}

func openShard(path string) (*shard, error) {
	disk, err := regularfile.Open(path)
	if special := (*regularfile.SpecialError)(nil); errors.As(err, &special) {
		return nil, &FormatError{Path: path, Reason: "expected a file, found a " + special.Kind}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("tfcheckpoint: %s is missing, although the index lists it: copy all files of the checkpoint: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("tfcheckpoint: %w", err)
	}
	defer disk.Close() // the mapping outlives it
	if err := lfs.CheckFile(path); err != nil {
		return nil, fmt.Errorf("tfcheckpoint: %w", err)
	}
	info, err := disk.Stat()
	if err != nil {
		return nil, fmt.Errorf("tfcheckpoint: %w", err)
	}
	s := &shard{path: path}
	if info.Size() > 0 { // no system maps an empty file
		if s.memory, err = mmap.Map(disk, mmap.RDONLY, 0); err != nil {
			return nil, fmt.Errorf("tfcheckpoint: map %s into memory: %w", path, err)
		}
	}
	return s, nil
}

func (s *shard) close() error {
	if s.memory == nil {
		return nil
	}
	if err := s.memory.Unmap(); err != nil {
		return fmt.Errorf("tfcheckpoint: unmap %s: %w", s.path, err)
	}
	return nil
}
