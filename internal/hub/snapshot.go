package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Snapshot returns the folder with the required files of a repository, and downloads missing
// ones. choose selects from the names of the available files (slash-separated, sorted), or
// returns an error if required files are missing. It is called first for the cache; if that
// succeeds, the network is not used. Otherwise it is called for the hub's files. The folder may
// contain other files too. Never write to it.
//
// Errors and progress are those of Fetch.
func Snapshot(ctx context.Context, repo Repo, choose func(names []string) ([]string, error), progress func(done, total int64)) (string, error) {
	repo, err := repo.normalized()
	if err != nil {
		return "", err
	}
	if err := checkCache(repo); err != nil {
		return "", err
	}
	lacks := errors.New("the cache has no file of it")
	dir, cached := Cached(repo)
	if cached {
		_, lacks = choose(FilesIn(dir))
	}
	switch {
	case lacks == nil:
		return dir, nil
	case Offline():
		return "", &NotCachedError{Repo: repo, Lacks: lacks, Cache: CacheDir()}
	case ctx.Err() != nil:
		return "", ctx.Err()
	}
	d, err := describe(ctx, repo)
	if err != nil {
		return "", err
	}
	wanted, err := choose(d.names())
	if err != nil {
		return "", fmt.Errorf("hub: %s at %s: %w: %w", repo, maskAddress(endpoint()), err, ErrNotFound)
	}
	return d.download(ctx, wanted, progress)
}

// FilesIn lists the files below dir that can be opened, slash-separated and
// sorted; broken links are omitted.
func FilesIn(dir string) []string {
	var names []string
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return nil // unreadable files are omitted
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			if name, err := filepath.Rel(dir, path); err == nil {
				names = append(names, filepath.ToSlash(name))
			}
		}
		return nil
	})
	slices.Sort(names)
	return names
}
