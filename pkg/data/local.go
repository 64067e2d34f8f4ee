package data

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/lorabook/lorabook/internal/hub"
)

// Local returns the local file or folder that [Open] reads for spec, and "" for [Sample].
// It downloads nothing: where the data is not on this machine, the error matches
// fs.ErrNotExist.
func Local(spec string) (string, error) {
	switch spec {
	case Sample:
		return "", nil
	case imdbName, imdbRepo.ID:
		dir, ok := hub.Cached(imdbRepo)
		if !ok {
			return "", fmt.Errorf("data %q is not in the cache %s: %w", spec, hub.CacheDir(), fs.ErrNotExist)
		}
		return dir, nil
	}
	_, err := os.Stat(spec)
	return spec, err
}
