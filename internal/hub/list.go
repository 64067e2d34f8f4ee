package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	hf "github.com/gomlx/go-huggingface/hub"

	"github.com/lorabook/lorabook/internal/atomicfile"
)

// Listing lists the files of a repository at one commit.
type Listing struct {
	Commit string
	Files  []string // slash-separated, sorted
}

// List lists the files of a repository's revision. The listing is kept in the cache, in the
// format of go-huggingface, and used without network access as long as it is there: a commit
// never changes, and the cache states the commit of a branch. Errors are those of Fetch.
func List(ctx context.Context, repo Repo) (*Listing, error) {
	repo, err := repo.normalized()
	if err != nil {
		return nil, err
	}
	hash := repo.Revision
	if !commit.MatchString(hash) {
		hash = cachedCommit(repo)
	}
	if commit.MatchString(hash) {
		if listing, err := readListing(repo, hash); err == nil {
			return listing, nil
		}
	}
	if Offline() {
		return nil, &NotCachedError{Repo: repo, Lacks: errors.New("the cache has no list of its files"), Cache: CacheDir()}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d, err := describe(ctx, repo)
	if err != nil {
		return nil, err
	}
	if err := d.writeListing(); err != nil {
		return nil, err
	}
	return &Listing{Commit: d.commit, Files: d.names()}, nil
}

func listingFile(repo Repo, hash string) string { return filepath.Join(repo.dir(), "info", hash) }

func readListing(repo Repo, hash string) (*Listing, error) {
	text, err := os.ReadFile(listingFile(repo, hash))
	if err != nil {
		return nil, err
	}
	var info hf.RepoInfo
	if err := json.Unmarshal(text, &info); err != nil {
		return nil, err
	}
	if info.CommitHash != hash {
		return nil, fmt.Errorf("the listing is that of commit %q", info.CommitHash)
	}
	listing := &Listing{Commit: hash}
	for _, sibling := range info.Siblings {
		if sibling != nil {
			listing.Files = append(listing.Files, sibling.Name)
		}
	}
	slices.Sort(listing.Files)
	return listing, nil
}

// writeListing keeps the listing, and the commit of the revision.
func (d *description) writeListing() error {
	info := struct {
		Commit   string              `json:"sha"`
		Siblings []map[string]string `json:"siblings"`
	}{Commit: d.commit}
	for _, name := range d.names() {
		info.Siblings = append(info.Siblings, map[string]string{"rfilename": name})
	}
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	path := listingFile(d.repo, d.commit)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(path, text, 0o644); err != nil {
		return err
	}
	return d.noteRevision()
}

// IsMissingRevision reports whether a repository exists and lacks the revision.
func IsMissingRevision(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == "RevisionNotFound"
}
