package hub

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	hf "github.com/gomlx/go-huggingface/hub"
)

// description is the hub's description of a repository at one revision.
type description struct {
	repo   Repo
	commit string
	files  map[string]remoteFile
}

// remoteFile is a file as the hub describes it.
type remoteFile struct {
	name string
	size int64
	hash string // SHA-256 in large file storage, otherwise Git's SHA-1 of the blob; lower-case hex
}

// maxDescription bounds the memory for a description: a repository of 100,000 files has about 30 MiB.
const maxDescription = 64 << 20

// endpoint is the hub's address, without a slash at its end.
func endpoint() string {
	if e := os.Getenv("HF_ENDPOINT"); e != "" {
		return strings.TrimRight(e, "/")
	}
	return "https://huggingface.co"
}

// describe asks the hub for the revision's commit and files.
func describe(ctx context.Context, repo Repo) (*description, error) {
	address := fmt.Sprintf("%s/api/%s/%s/revision/%s?blobs=true", endpoint(), repo.Kind, repo.ID, url.PathEscape(repo.Revision))
	var text []byte
	err := retry(ctx, func() error {
		response, err := get(ctx, address, 0)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		text, err = io.ReadAll(io.LimitReader(response.Body, maxDescription+1))
		return broken(err)
	})
	if errors.Is(err, ErrInterrupted) {
		return nil, fmt.Errorf("hub: describing %s: %s cannot be reached: is there a network? "+
			"HF_ENDPOINT chooses another server: %w", repo, maskAddress(endpoint()), err)
	}
	if err != nil {
		return nil, fmt.Errorf("hub: describing %s: %w", repo, err)
	}
	if len(text) > maxDescription {
		return nil, fmt.Errorf("hub: describing %s: %s answered with more than %d MiB: %w", repo, maskAddress(endpoint()), maxDescription>>20, ErrCorrupt)
	}
	var info hf.RepoInfo
	if err := json.Unmarshal(text, &info); err != nil {
		return nil, fmt.Errorf("hub: describing %s: %s answered with %s: "+
			"is there a proxy or a sign-in page in between? %w", repo, maskAddress(endpoint()), describeResponse(text), ErrCorrupt)
	}
	// The commit becomes a part of a path.
	if !commit.MatchString(info.CommitHash) {
		return nil, fmt.Errorf("hub: describing %s: the server names commit %q: want 40 hexadecimal digits: %w", repo, info.CommitHash, ErrCorrupt)
	}
	d := &description{repo: repo, commit: info.CommitHash, files: map[string]remoteFile{}}
	for _, sibling := range info.Siblings {
		if sibling == nil || !fs.ValidPath(sibling.Name) {
			continue
		}
		file := remoteFile{name: sibling.Name, size: sibling.Size, hash: sibling.BlobID}
		if sibling.LFS != nil && sibling.LFS.SHA256 != "" {
			file.size, file.hash = sibling.LFS.Size, sibling.LFS.SHA256
		}
		d.files[file.name] = file
	}
	return d, nil
}

// names lists the files, sorted.
func (d *description) names() []string {
	var names []string
	for name := range d.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// address returns the URL of a file's content.
func (d *description) address(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return fmt.Sprintf("%s/%s/resolve/%s/%s", endpoint(), d.repo, d.commit, strings.Join(parts, "/"))
}

// checkable reports whether the hub states a hash that content can be held against.
func (f remoteFile) checkable() bool {
	raw, err := hex.DecodeString(f.hash)
	return err == nil && (len(raw) == 20 || len(raw) == 32)
}

// describeResponse describes an unexpected response.
func describeResponse(text []byte) string {
	head := strings.ToLower(strings.TrimSpace(string(text[:min(len(text), 256)])))
	switch {
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"):
		return "an HTML page"
	case head == "":
		return "nothing"
	}
	return fmt.Sprintf("%d bytes beginning with %q", len(text), text[:min(len(text), 24)])
}
