package classify

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/pkg/lora"
)

// origin is the place of an adapter on the hub; empty for a local folder.
type origin struct {
	repository string // owner/name
	commit     string
}

// resolveAdapter returns the folder of an adapter: a local folder of that name, otherwise that of an
// adapter on the hub, "owner/name" or "owner/name@revision", in the hub's cache. Files that the cache
// lacks are downloaded. Other names are returned as they are.
func resolveAdapter(ctx context.Context, name string) (dir string, from origin, err error) {
	repo, ok := hub.NotLocal(name)
	if !ok {
		return name, origin{}, nil // the caller reports the error
	}
	dir, err = hubAdapter(ctx, repo)
	if err != nil {
		if hub.Unreachable(err) {
			err = fmt.Errorf("%w; on a machine that reaches the hub, `hf download %s%s --local-dir adapters/%s` writes it to a folder: copy the folder here, and name it", err, repo.ID, revisionFlag(repo), path.Base(repo.ID))
		}
		return "", origin{}, fmt.Errorf("%q: there is no such folder here, and as an adapter on the hub: %w", name, err)
	}
	return dir, origin{repo.ID, filepath.Base(dir)}, nil
}

// revisionFlag returns the argument of `hf download` for a repository's revision.
func revisionFlag(repo hub.Repo) string {
	if repo.Revision == "" {
		return ""
	}
	return " --revision " + repo.Revision
}

// hubAdapter returns the folder of an adapter in the hub's cache; its last part is the commit. The
// list of the repository's files, which the cache keeps, states which files belong to the adapter:
// PEFT downloads only two of them, and without the others the answers would be different ones.
func hubAdapter(ctx context.Context, repo hub.Repo) (string, error) {
	listing, err := hub.List(ctx, repo)
	switch {
	case hub.Unreachable(err):
		if dir, ok := downloadedAdapter(ctx, repo); ok {
			return dir, nil
		}
		return "", err
	case hub.IsMissingRevision(err):
		return "", fmt.Errorf("%s has no revision %q, expected one of its branches, tags or commits: %w", repo, repo.Revision, err)
	case err != nil:
		return "", err
	}
	files, err := adapterFilesOf(listing.Files)
	if err != nil {
		return "", fmt.Errorf("%s at commit %s %w", repo, listing.Commit, err)
	}
	repo.Revision = listing.Commit // the files belong to this list
	paths, err := hub.Fetch(ctx, repo, files, nil)
	if err != nil {
		return "", err
	}
	return filepath.Dir(paths[0]), nil
}

// downloadedAdapter returns the folder of an adapter that another program downloaded with all files
// of its repository: .gitattributes, which each repository has, is then one of them.
func downloadedAdapter(ctx context.Context, repo hub.Repo) (string, bool) {
	dir, ok := hub.Cached(repo)
	names := hub.FilesIn(dir)
	if !ok || !slices.Contains(names, ".gitattributes") {
		return "", false
	}
	files, err := adapterFilesOf(names)
	if err != nil {
		return "", false
	}
	_, err = hub.Fetch(ctx, repo, files, nil) // which checks who can write to the cache
	return dir, err == nil
}

// adapterFilesOf chooses the files of an adapter from those of a repository. The error continues a
// sentence about the repository.
func adapterFilesOf(names []string) ([]string, error) {
	has := func(name string) bool { return slices.Contains(names, name) }
	const pickle = "adapter_model.bin"
	switch {
	case has(lora.ConfigFile) && has(lora.TensorsFile):
		return slices.DeleteFunc(slices.Clone(adapterFiles), func(name string) bool { return !has(name) }), nil
	case has(lora.ConfigFile) && has(pickle):
		return nil, fmt.Errorf("has its weights in %s, a Python pickle, expected %s: in PEFT, open the adapter and save it again with save_pretrained(DIR, safe_serialization=True)", pickle, lora.TensorsFile)
	case has(lora.ConfigFile):
		return nil, fmt.Errorf("has no %s", lora.TensorsFile)
	}
	var folders []string
	for _, name := range names {
		if folder, file := path.Split(name); file == lora.ConfigFile {
			folders = append(folders, strings.TrimSuffix(folder, "/"))
		}
	}
	switch {
	case len(folders) > 0:
		return nil, fmt.Errorf("has no %s, but adapters in the folders %q: download it (hf download NAME --local-dir DIR), and name one of these folders", lora.ConfigFile, folders)
	case has("config.json"):
		return nil, fmt.Errorf("has no %s, but config.json: it is a complete model and no adapter; classify.Open opens it as a model", lora.ConfigFile)
	}
	return nil, fmt.Errorf("has no %s: it is no adapter of PEFT", lora.ConfigFile)
}
