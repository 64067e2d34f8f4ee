package data

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/lorabook/lorabook/internal/hub"
)

// Local is the file or folder on this machine that [Open] reads spec from, "" for
// [Sample], which lies in none. Nothing is downloaded: the error matches fs.ErrNotExist
// where only the hub could have the data, or nothing has.
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
