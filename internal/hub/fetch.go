package hub

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/atomicfile"
)

// Fetch returns local paths of the repository's files (slash-separated names
// within it), downloading those that the cache lacks. The files are shared with
// other programs: read them, never write.
//
// progress, if not nil, is told the bytes that are here and how many there are in
// all; it is not called when everything was cached. A cancelled context ends the
// download with the context's error. Received bytes stay in a hidden file, and the next
// download continues from there.
//
// Errors: *NotCachedError if the network is disabled, *StatusError for refused requests,
// ErrInterrupted for incomplete and ErrCorrupt for wrong content.
func Fetch(ctx context.Context, repo Repo, files []string, progress func(done, total int64)) ([]string, error) {
	repo, err := repo.normalized()
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("hub: %s: %q does not name a file of a repository", repo, name)
		}
	}
	if err := checkCache(repo); err != nil {
		return nil, err
	}
	paths, missing := cachedFiles(repo, files)
	if missing == "" {
		return paths, nil
	}
	if Offline() {
		return nil, &NotCachedError{Repo: repo, File: missing, Cache: CacheDir()}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d, err := describe(ctx, repo)
	if err != nil {
		return nil, err
	}
	dir, err := d.download(ctx, files, progress)
	if err != nil {
		return nil, err
	}
	paths = nil
	for _, name := range files {
		paths = append(paths, filepath.Join(dir, filepath.FromSlash(name)))
	}
	return paths, nil
}

// download adds the files to the cache, links them into the revision's snapshot, and returns
// its folder.
func (d *description) download(ctx context.Context, files []string, progress func(done, total int64)) (string, error) {
	var before, total int64
	for _, name := range files {
		file, ok := d.files[name]
		if !ok {
			return "", fmt.Errorf("hub: %s: revision %s has no file %q: %w", d.repo, d.repo.Revision, name, ErrNotFound)
		}
		total += file.size
	}
	dir := filepath.Join(d.repo.dir(), "snapshots", d.commit)
	for _, name := range files {
		file := d.files[name]
		blob, err := d.blob(ctx, file, func(done int64) {
			if progress != nil {
				progress(before+min(done, file.size), total)
			}
		})
		if err != nil {
			if ctx.Err() != nil {
				return "", ctx.Err()
			}
			return "", fmt.Errorf("hub: downloading %q from %s: %w", name, d.repo, err)
		}
		if err := link(filepath.Join(dir, filepath.FromSlash(name)), blob); err != nil {
			return "", fmt.Errorf("hub: %w", err)
		}
		before += file.size
	}
	return dir, d.noteRevision()
}

// link creates the link from a name in a snapshot to a blob. It is relative, as in
// huggingface_hub, so that a cache can be moved.
func link(path, blob string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	target, err := filepath.Rel(dir, blob)
	if err != nil {
		return err
	}
	if err := atomicfile.Symlink(target, path); err != nil {
		return fmt.Errorf("linking %s: %w", path, err)
	}
	return nil
}

// noteRevision records the commit as huggingface_hub does, so that the files
// are found again without the network.
func (d *description) noteRevision() error {
	if d.commit == d.repo.Revision {
		return nil
	}
	ref := filepath.Join(d.repo.dir(), "refs", filepath.FromSlash(d.repo.Revision))
	if err := os.MkdirAll(filepath.Dir(ref), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(ref, []byte(d.commit), 0o644)
}
