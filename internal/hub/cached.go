package hub

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Cached returns the folder with the files of the repository's revision that this module or
// another program with the same cache has downloaded. ok is false if there is none.
func Cached(repo Repo) (dir string, ok bool) {
	repo, err := repo.normalized()
	if err != nil {
		return "", false
	}
	hash := repo.Revision
	if !commit.MatchString(hash) {
		hash = cachedCommit(repo)
	}
	// The commit was read from a file and becomes a part of a path.
	if !commit.MatchString(hash) {
		return "", false
	}
	dir = filepath.Join(repo.dir(), "snapshots", hash)
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir()
}

// cachedCommit reads the commit of the revision from refs/REVISION (written by huggingface_hub)
// or info/REVISION (written by go-huggingface).
func cachedCommit(repo Repo) string {
	if ref, err := os.ReadFile(filepath.Join(repo.dir(), "refs", filepath.FromSlash(repo.Revision))); err == nil {
		return strings.TrimSpace(string(ref))
	}
	raw, err := os.ReadFile(filepath.Join(repo.dir(), "info", repo.Revision))
	if err != nil {
		return ""
	}
	var info struct {
		Commit string `json:"sha"`
	}
	if json.Unmarshal(raw, &info) != nil {
		return ""
	}
	return info.Commit
}

// cachedFiles returns the paths of the files, and the first that is missing.
func cachedFiles(repo Repo, files []string) (paths []string, missing string) {
	dir, ok := Cached(repo)
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		if !ok || err != nil || !info.Mode().IsRegular() {
			return nil, name
		}
		paths = append(paths, path)
	}
	return paths, ""
}
