package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	hf "github.com/gomlx/go-huggingface/hub"
	"github.com/google/renameio/v2"
)

// Fetch returns local paths of the repository's files (slash-separated names
// within it), downloading those that the cache lacks. The files are shared with
// other programs: read them, never write.
//
// progress, if not nil, is told the bytes downloaded so far and in all; it is
// not called when everything was cached. A cancelled context ends the download
// with the context's error and leaves no file half-written.
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
	d := download{repo: repo, remote: hf.New(repo.ID).
		WithType(hf.RepoType(repo.Kind)).WithRevision(repo.Revision).
		WithCacheDir(CacheDir()).WithAuth(token())}
	d.remote.Verbosity = 0 // its reports go to standard output
	paths, err = d.run(ctx, files, progress)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("hub: downloading from %s: %w (HF_ENDPOINT chooses the server, "+
			"HF_TOKEN opens private repositories)", repo, err)
	}
	return paths, nil
}

// download is one call's work on a repository that the cache does not hold whole.
type download struct {
	repo   Repo
	remote *hf.Repo
}

func (d download) run(ctx context.Context, files []string, progress func(done, total int64)) ([]string, error) {
	// go-huggingface asks for the repository's description without a context.
	if err := abandon(ctx, func() error { _, err := d.remote.FileURL(files[0]); return err }); err != nil {
		return nil, err
	}
	about := d.remote.Info()
	// The commit becomes a part of a path.
	if !commit.MatchString(about.CommitHash) {
		return nil, fmt.Errorf("the server names commit %q: want 40 hexadecimal digits", about.CommitHash)
	}
	described := map[string]*hf.FileInfo{}
	for _, info := range about.Siblings {
		if info != nil {
			described[info.Name] = info
		}
	}
	var total int64
	for _, name := range files {
		info := described[name]
		if info == nil {
			return nil, fmt.Errorf("revision %s has no file %q", d.repo.Revision, name)
		}
		total += info.Size
	}
	var before int64
	for _, name := range files {
		report := func(done, _ int64) {
			if progress != nil {
				progress(before+done, max(total, before+done))
			}
		}
		size := described[name].Size
		if err := d.blob(ctx, described[name], report); err != nil {
			return nil, fmt.Errorf("file %q: %w", name, err)
		}
		report(size, size) // the downloader is silent about its last bytes
		before += size
	}
	// Every blob is there and checked: what is left is to link them.
	paths, err := d.remote.DownloadFilesCtx(ctx, files...)
	if err != nil {
		return nil, err
	}
	return paths, d.noteRevision()
}

// blob downloads one file's content to where go-huggingface keeps it, so that
// its bytes can be counted as they come and checked before a name points at
// them.
func (d download) blob(ctx context.Context, info *hf.FileInfo, report func(done, total int64)) error {
	url, err := d.remote.FileURL(info.Name)
	if err != nil {
		return err
	}
	manager := d.remote.GetDownloadManager()
	header, _, err := manager.FetchHeader(ctx, url)
	if err != nil {
		return err
	}
	name := header.Get(hf.HeaderXLinkedETag)
	if name == "" {
		name = header.Get("ETag")
	}
	name = unquote(name)
	// The server's word becomes a file name.
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return fmt.Errorf("the server's ETag %q cannot name a file", name)
	}
	path := filepath.Join(d.repo.dir(), "blobs", name)
	if err := manager.LockedDownload(ctx, url, path, false, report); err != nil {
		return err
	}
	if err := check(path, info); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func unquote(etag string) string {
	if len(etag) >= 2 && etag[0] == '"' && etag[len(etag)-1] == '"' {
		return etag[1 : len(etag)-1]
	}
	return etag
}

// check compares a downloaded file with what the hub says of it. Files outside
// Git's large file storage come without a SHA-256: of them the size is compared.
func check(path string, info *hf.FileInfo) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("the connection ended before the whole file had come: try again")
	}
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		return err
	}
	if info.Size > 0 && size != info.Size {
		return fmt.Errorf("the download has %d bytes, the hub states %d: try again", size, info.Size)
	}
	if found := hex.EncodeToString(sum.Sum(nil)); info.LFS != nil && found != info.LFS.SHA256 {
		return fmt.Errorf("the download has SHA-256 %s, the hub states %s: "+
			"a proxy may have changed it, try again", found, info.LFS.SHA256)
	}
	return nil
}

// noteRevision records the commit as huggingface_hub does, so that the files
// are found again without the network.
func (d download) noteRevision() error {
	hash := d.remote.Info().CommitHash
	if hash == d.repo.Revision {
		return nil
	}
	ref := filepath.Join(d.repo.dir(), "refs", d.repo.Revision)
	if err := os.MkdirAll(filepath.Dir(ref), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(ref, []byte(hash), 0o644)
}

// abandon runs f and stops waiting for it when the context ends.
func abandon(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
