package hub

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	hf "github.com/gomlx/go-huggingface/hub"
)

// Snapshot returns the folder that holds what a caller needs of a repository,
// downloading what the cache lacks. choose picks from the names of files that
// there are (slash-separated, sorted), or says why they do not suffice. It is
// asked first about the cache, whose answer stands without the network, then
// about the hub. The folder may hold other files too: read it, never write.
//
// Errors and progress are those of Fetch.
func Snapshot(ctx context.Context, repo Repo, choose func(names []string) ([]string, error), progress func(done, total int64)) (string, error) {
	repo, err := repo.normalized()
	if err != nil {
		return "", err
	}
	dir, cached := Cached(repo)
	if cached {
		if _, err := choose(FilesIn(dir)); err == nil {
			return dir, nil
		}
	}
	if Offline() {
		_, err := choose(FilesIn(dir))
		return "", &NotCachedError{Repo: repo, File: fmt.Sprint(err), Cache: CacheDir()}
	}
	names, err := list(ctx, repo)
	if err != nil {
		return "", err
	}
	wanted, err := choose(names)
	if err != nil {
		return "", fmt.Errorf("hub: %s: %w", repo, err)
	}
	if _, err := Fetch(ctx, repo, wanted, progress); err != nil {
		return "", err
	}
	dir, _ = Cached(repo)
	return dir, nil
}

// FilesIn lists the files below dir that can be opened; a dangling link counts as none.
func FilesIn(dir string) []string {
	var names []string
	if dir == "" {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
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

// list asks the hub for the names of the repository's files.
func list(ctx context.Context, repo Repo) ([]string, error) {
	remote := hf.New(repo.ID).WithType(hf.RepoType(repo.Kind)).WithRevision(repo.Revision).
		WithCacheDir(CacheDir()).WithAuth(token())
	remote.Verbosity = 0
	if err := abandon(ctx, func() error { return remote.DownloadInfo(true) }); err != nil {
		return nil, fmt.Errorf("hub: %s: %w", repo, err)
	}
	var names []string
	for _, info := range remote.Info().Siblings {
		if info != nil {
			names = append(names, info.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}
