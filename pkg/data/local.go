package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/pkg/data/internal/hubdata"
	"github.com/lorabook/lorabook/pkg/data/internal/layout"
)

// Local returns the local files and folders that [Open] reads for spec, and none for [Sample].
// It downloads nothing: where the data is not on this machine, the error matches
// fs.ErrNotExist.
func Local(spec string) ([]string, error) {
	switch spec {
	case Sample:
		return nil, nil
	case imdbName, imdbRepo.ID:
		dir, ok := hub.Cached(imdbRepo)
		return cachedOnly(spec, dir, ok)
	}
	if paths, ok, err := layout.Files(spec); ok {
		return paths, err
	}
	_, err := os.Stat(spec)
	if name, ok := hubdata.ParseName(spec); ok && errors.Is(err, fs.ErrNotExist) {
		dir, ok := name.LocalHub()
		return cachedOnly(spec, dir, ok)
	}
	if err != nil {
		return nil, err
	}
	return []string{spec}, nil
}

// ErrNotCached is matched by the error of Local for a data set of the hub that Open would download. It
// matches fs.ErrNotExist.
var ErrNotCached = fmt.Errorf("the data set is on the hub: %w", fs.ErrNotExist)

func cachedOnly(spec, dir string, ok bool) ([]string, error) {
	if !ok {
		return nil, fmt.Errorf("data %q is not in the cache %s: %w", spec, hub.CacheDir(), ErrNotCached)
	}
	return []string{dir}, nil
}
