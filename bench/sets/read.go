package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/data"
)

// source downloads and unpacks the set's package and returns the path that lorabook opens.
func (s set) source(ctx context.Context, cache string) (string, error) {
	dir, err := s.Archive.Unpack(ctx, cache, s.Inner)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.FromSlash(s.Source)), nil
}

// countError reports a data set that lorabook reads with other numbers than another library.
type countError struct {
	set         string
	found, want counts
}

func (e *countError) Error() string {
	return fmt.Sprintf("%s: lorabook read %s, another library %s", e.set, e.found, e.want)
}

func (c counts) String() string {
	return fmt.Sprintf("%d training, %d validation and %d test examples in %d classes", c.Train, c.Validation, c.Test, c.Classes)
}

// read opens the data set at source and compares its numbers.
func (s set) read(ctx context.Context, source string) (*data.Dataset, error) {
	d, err := s.Settings.Open(ctx, source)
	if err != nil {
		return nil, err
	}
	found := counts{Train: len(d.Train), Validation: len(d.Validation), Test: len(d.Test), Classes: len(d.Labels)}
	if found != s.Want {
		return d, &countError{s.Name, found, s.Want}
	}
	return d, nil
}
