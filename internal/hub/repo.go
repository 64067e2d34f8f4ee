package hub

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	hf "github.com/gomlx/go-huggingface/hub"
)

// Kind is the kind of a repository; the hub has one name space for each.
type Kind string

// The kinds of repository that lorabook reads.
const (
	Models   = Kind(hf.RepoTypeModel)
	Datasets = Kind(hf.RepoTypeDataset)
)

// Repo names one repository at one revision.
type Repo struct {
	Kind     Kind   // "": Models
	ID       string // "owner/name", or "name" for the hub's oldest models
	Revision string // branch, tag or commit; "": main
}

// NotCachedError reports a file that is not in the cache and cannot be downloaded, because
// HF_HUB_OFFLINE is set. It is an ErrOffline.
type NotCachedError struct {
	Repo  Repo
	File  string // the file; "" if Lacks describes the missing files
	Lacks error
	Cache string // the cache's folder
}

// Error implements error.
func (e *NotCachedError) Error() string {
	what := fmt.Sprintf("file %q is not in the cache %s", e.File, e.Cache)
	if e.File == "" {
		what = fmt.Sprintf("not in the cache %s (%v)", e.Cache, e.Lacks)
	}
	return fmt.Sprintf("%s: %s and HF_HUB_OFFLINE forbids downloading it: "+
		"unset HF_HUB_OFFLINE, or set HF_HOME to a cache that contains it", e.Repo, what)
}

// Is makes the error an ErrOffline.
func (e *NotCachedError) Is(target error) bool { return target == ErrOffline }

// String is the repository's address on the hub: "datasets/stanfordnlp/imdb".
func (r Repo) String() string {
	if r.Kind == Datasets {
		return "datasets/" + r.ID
	}
	return r.ID
}

var (
	repoID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$`)
	// A branch may have parts, such as refs/convert/parquet.
	revision = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)
	commit   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// IsName reports whether a text can be the name of a repository: "owner/name" or "name".
func IsName(text string) bool { return repoID.MatchString(text) }

// ParseRepo reads the name of a model or an adapter: "owner/name", or "owner/name@revision" with a branch, a
// tag or a commit. ok is false for another text, such as a path.
func ParseRepo(text string) (repo Repo, ok bool) {
	id, branch, given := strings.Cut(text, "@")
	if !repoID.MatchString(id) || !strings.Contains(id, "/") || given && !revision.MatchString(branch) {
		return Repo{}, false
	}
	return Repo{Kind: Models, ID: id, Revision: branch}, true
}

// NotLocal reads the name of a model or an adapter as [ParseRepo] does, unless a file or folder has the
// name: then ok is false.
func NotLocal(name string) (repo Repo, ok bool) {
	if repo, ok = ParseRepo(name); !ok {
		return Repo{}, false
	}
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return Repo{}, false
	}
	return repo, true
}

// normalized fills in the defaults. Names become parts of paths and addresses, so only few
// characters are allowed.
func (r Repo) normalized() (Repo, error) {
	if r.Kind == "" {
		r.Kind = Models
	}
	if r.Revision == "" {
		r.Revision = "main"
	}
	if !repoID.MatchString(r.ID) {
		return r, fmt.Errorf("hub: %q does not name a repository: want \"owner/name\"", r.ID)
	}
	if !revision.MatchString(r.Revision) {
		return r, fmt.Errorf("hub: %s: %q does not name a revision: expected a branch, a tag or a commit", r, r.Revision)
	}
	return r, nil
}

// dir is the repository's folder in the cache.
func (r Repo) dir() string {
	return filepath.Join(CacheDir(), string(r.Kind)+"--"+strings.ReplaceAll(r.ID, "/", "--"))
}
