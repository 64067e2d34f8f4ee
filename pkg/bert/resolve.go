package bert

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// ResolveOptions are the settings of Resolve. The zero value means the main branch, without
// progress reports.
type ResolveOptions struct {
	Revision string // branch, tag or commit on the hub; "" means main. An error for folders, .zip files and registered models

	// Progress is called with the number of bytes downloaded or unpacked and the total, by
	// one goroutine at a time. It is not called if nothing is downloaded or unpacked.
	Progress func(done, total int64)
}

// Reasons for which Resolve finds no model, for errors.Is. The error for a missing folder
// matches fs.ErrNotExist, that for a cancelled context the context's error.
var (
	ErrModelNotFound    = hub.ErrNotFound     // the hub has no such model, or the model is no BERT
	ErrModelAccess      = hub.ErrUnauthorized // the model is private or gated, or the token is wrong
	ErrModelOffline     = hub.ErrOffline      // the cache lacks the model, and HF_HUB_OFFLINE is set
	ErrModelInterrupted = hub.ErrInterrupted  // no connection, or it was interrupted: the same call continues the download
	ErrModelCorrupt     = hub.ErrCorrupt      // the downloaded file is not the one that the hub states
)

// ResolveError says where Resolve searched for a model and why it did not find it.
type ResolveError struct {
	Name     string
	Revision string   // requested revision; "" for none
	Tried    []string // places searched, in order
	Err      error    // error of the last place, with its remedy
}

func (e *ResolveError) Error() string {
	revision := ""
	if e.Revision != "" {
		revision = fmt.Sprintf(" at revision %q", e.Revision)
	}
	return fmt.Sprintf("bert: model %q%s: tried %s: %v%s", e.Name, revision, strings.Join(e.Tried, ", then "), e.Err, hub.Remedy(e.Err, "model", e.Name))
}

func (e *ResolveError) Unwrap() error { return e.Err }

// Resolve returns the folder of a model. It searches for, in this order,
//
//  1. a folder of that name;
//  2. a .zip of that name with one of Google's releases (cased_L-12_H-768_A-12.zip,
//     uncased_L-2_H-128_A-2.zip, a SavedModel), which it unpacks once into the user's cache
//     ([os.UserCacheDir]/lorabook/models), under the SHA-256 of the .zip;
//  3. a model that a package registered under that name with [RegisterModel];
//  4. a model of that name in the hub's cache, downloaded by any program, without using the
//     network;
//  5. a model of that name on the hub, whose files for a BERT it downloads into that cache.
//
// Names on the hub are "owner/name" ("sentence-transformers/all-MiniLM-L6-v2") and, for
// Google's first models, "name" ("bert-base-cased"). An interrupted download continues where
// it stopped. Every file is checked against the hash that the hub states. Two processes that
// download the same file wait for each other.
//
// The environment variables are those of Python's huggingface_hub: HF_HOME and HF_HUB_CACHE
// set the cache's folder, HF_ENDPOINT the server, HF_TOKEN the token for private and gated
// models; HF_HUB_OFFLINE=1 forbids the network. The error is a *ResolveError.
func Resolve(ctx context.Context, name string, opts ResolveOptions) (string, error) {
	failed := &ResolveError{Name: name, Revision: opts.Revision, Tried: []string{"the folder " + name}}
	info, err := os.Stat(name)
	registeredDir, isRegistered := registered(name)
	switch {
	case opts.Revision != "" && (err == nil || isRegistered):
		err = fmt.Errorf("the revision is %q, expected none, since only models on the hub have revisions: leave it out, or use the model's name on the hub", opts.Revision)
	case err == nil && info.IsDir():
		return name, nil
	case err == nil && googlebert.IsZip(name):
		failed.Tried = []string{"the file " + name}
		var dir string
		if dir, err = googlebert.UnpackOnce(ctx, name, opts.Progress); err == nil {
			return dir, nil
		}
	case err == nil && lfs.CheckFile(name) != nil:
		err = lfs.CheckFile(name)
	case err == nil:
		err = errors.New("it is a file, expected a folder with config.json, the weights and the vocabulary, or the .zip of one of Google's releases")
	case errors.Is(err, fs.ErrNotExist) && isRegistered:
		return registeredDir()
	case errors.Is(err, fs.ErrNotExist) && looksLikePath(name):
		err = fmt.Errorf("the folder does not exist, and the name is no name on the hub, expected one such as \"bert-base-cased\" or \"owner/name\": %w", err)
	case errors.Is(err, fs.ErrNotExist):
		dir, err := Download(ctx, name, opts)
		if re := (*ResolveError)(nil); errors.As(err, &re) {
			re.Tried = append(failed.Tried, re.Tried...)
		}
		return dir, err
	}
	failed.Err = err
	return "", failed
}

// Download is Resolve for a model on the hub, which it takes from the hub's cache or downloads
// into it, even if a folder has the same name. The error is a *ResolveError.
func Download(ctx context.Context, name string, opts ResolveOptions) (string, error) {
	failed := &ResolveError{Name: name, Revision: opts.Revision, Tried: []string{"the cache " + hub.CacheDir()}}
	if !hub.Offline() {
		failed.Tried = append(failed.Tried, "the hub")
	}
	dir, err := hub.Snapshot(ctx, cachedTwin(hub.Repo{ID: name, Revision: opts.Revision}), modelFiles, opts.Progress)
	if err != nil {
		failed.Err = err
		return "", failed
	}
	return dir, nil
}

// HubFiles returns the names of the files of a BERT in a folder in the hub's layout. The error
// names the missing files.
func HubFiles(dir string) ([]string, error) {
	files, err := modelFiles(hub.FilesIn(dir))
	if err != nil {
		return nil, fmt.Errorf("bert: %s: %w", dir, err)
	}
	return files, nil
}

// cachedTwin returns the repository with that of its two names under which the cache holds it.
func cachedTwin(repo hub.Repo) hub.Repo {
	twin := repo
	var ok bool
	if twin.ID, ok = otherName(repo.ID); !ok {
		return repo
	}
	if dir, ok := hub.Cached(twin); ok {
		if _, err := modelFiles(hub.FilesIn(dir)); err == nil {
			return twin
		}
	}
	return repo
}

// looksLikePath reports whether name can only be a path.
func looksLikePath(name string) bool {
	return name == "" || strings.ContainsAny(name, `\~`) || filepath.IsAbs(name) || strings.HasPrefix(name, ".") ||
		strings.HasSuffix(name, "/") || strings.Count(name, "/") > 1
}

// otherName returns the second name of Google's first models: the hub moved "bert-*" to
// "google-bert/bert-*" and accepts both names.
func otherName(name string) (string, bool) {
	const owner = "google-bert/"
	if rest, ok := strings.CutPrefix(name, owner); ok {
		return rest, true
	}
	if strings.HasPrefix(name, "bert-") && !strings.Contains(name, "/") {
		return owner + name, true
	}
	return "", false
}

// modelFiles chooses the files of a BERT from a repository's files. Its error names all missing
// files.
func modelFiles(names []string) ([]string, error) {
	has := func(name string) bool { return slices.Contains(names, name) }
	var files []string
	for _, name := range append([]string{modelfolder.ConfigFile}, modelfolder.TokenizerFiles...) {
		if has(name) {
			files = append(files, name)
		}
	}
	var problems []string
	if !has(modelfolder.ConfigFile) {
		problems = append(problems, "config.json is missing, expected a model of transformers")
	}
	if !has(modelfolder.VocabFile) && !has(modelfolder.TokenizerFile) {
		problems = append(problems, "vocab.txt and tokenizer.json are missing, expected one of them for a BERT")
	}
	if !has(modelfolder.WeightsFile) && !has(modelfolder.WeightsIndex) {
		problem := "model.safetensors and its index are missing, expected one of them: weights in other formats are not read"
		if how := otherWeights(names, "", ""); how != "" {
			problem += "; download the model (hf download NAME --local-dir DIR), convert the weights and open the folder: " + how
		}
		problems = append(problems, problem)
	}
	switch {
	case len(problems) > 0:
		return nil, errors.New(strings.Join(problems, "; "))
	case has(modelfolder.WeightsFile):
		return append(files, modelfolder.WeightsFile), nil
	}
	files = append(files, modelfolder.WeightsIndex)
	shards, total := 0, 0
	for _, name := range names {
		var i, n int
		if c, err := fmt.Sscanf(name, "model-%05d-of-%05d.safetensors", &i, &n); err == nil && c == 2 {
			files = append(files, name)
			shards++
			total = max(total, n)
		}
	}
	if shards == 0 || shards != total {
		return nil, fmt.Errorf("%d of the files model-*.safetensors exist, expected %d, since there is a %s", shards, total, modelfolder.WeightsIndex)
	}
	return files, nil
}
