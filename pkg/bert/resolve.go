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

// ResolveOptions says how Resolve finds a model. The zero value takes the main
// branch and downloads in silence.
type ResolveOptions struct {
	Revision string // branch, tag or commit on the hub; "": main; a folder, a .zip and a registered model have none, and refuse it

	// Progress is told the bytes downloaded or unpacked so far and in all, from one
	// goroutine at a time. It is not called when all was there.
	Progress func(done, total int64)
}

// Why Resolve found no model, for errors.Is. A folder that is not there is
// fs.ErrNotExist, a cancelled context its own error.
var (
	ErrModelNotFound    = hub.ErrNotFound     // the hub has no such model, or it is no BERT
	ErrModelAccess      = hub.ErrUnauthorized // private, gated, or a wrong token
	ErrModelOffline     = hub.ErrOffline      // not in the cache, and HF_HUB_OFFLINE is set
	ErrModelInterrupted = hub.ErrInterrupted  // no connection, or it broke: the same call goes on from there
	ErrModelCorrupt     = hub.ErrCorrupt      // what came is not what the hub states
)

// ResolveError says where a model was looked for and why it was not found.
type ResolveError struct {
	Name     string
	Revision string   // that was asked for; "": none
	Tried    []string // places, in order
	Err      error    // of the last place, with what mends it
}

func (e *ResolveError) Error() string {
	at := ""
	if e.Revision != "" {
		at = fmt.Sprintf(" at revision %q", e.Revision)
	}
	return fmt.Sprintf("model %q%s: tried %s: %v", e.Name, at, strings.Join(e.Tried, ", then "), e.Err)
}

func (e *ResolveError) Unwrap() error { return e.Err }

// Resolve turns the name of a model into the folder that holds it:
//
//  1. a folder of that name;
//  2. the .zip of that name, of one of Google's releases (cased_L-12_H-768_A-12.zip,
//     uncased_L-2_H-128_A-2.zip, a SavedModel), unpacked once into the user's cache
//     ([os.UserCacheDir]/lorabook/models), under its SHA-256;
//  3. a model that a package of the program registered under that name with [RegisterModel];
//  4. what the hub's cache holds of the model of that name, by whatever program
//     it was downloaded, without asking the network;
//  5. a download into that cache, of those files alone that a BERT is made of.
//
// Hub names are "owner/name" ("sentence-transformers/all-MiniLM-L6-v2") and, for
// Google's first models, "name" alone ("bert-base-cased"). Downloads go on where
// they were cut off, are checked against the hash that the hub states, and wait
// for one another when two processes want the same file.
//
// The environment is that of Python's huggingface_hub: HF_HOME and HF_HUB_CACHE
// place the cache, HF_ENDPOINT names the server, HF_TOKEN opens private and gated
// models, HF_HUB_OFFLINE=1 forbids the network. The error is a *ResolveError.
func Resolve(ctx context.Context, name string, opts ResolveOptions) (string, error) {
	failed := &ResolveError{Name: name, Revision: opts.Revision, Tried: []string{"the folder " + name}}
	info, err := os.Stat(name)
	registeredDir, isRegistered := registered(name)
	switch {
	case opts.Revision != "" && (err == nil || isRegistered):
		err = fmt.Errorf("revision %q is asked for, and only models on the hub have revisions: leave it out, or give the model's name on the hub", opts.Revision)
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
		err = errors.New("it is a file: give the folder that holds config.json, the weights and the vocabulary, or the .zip of one of Google's releases")
	case errors.Is(err, fs.ErrNotExist) && isRegistered:
		return registeredDir()
	case errors.Is(err, fs.ErrNotExist) && looksLikePath(name):
		err = fmt.Errorf("there is none, and it is no name on the hub (\"bert-base-cased\", \"owner/name\"): %w", err)
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

// Download is Resolve for a model on the hub, whatever folders of its name there are:
// from the hub's cache, or else into it. The error is a *ResolveError.
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

// HubFiles lists the files in a folder in the hub's layout that a BERT is made of, by
// their names within it; the error says which are missing.
func HubFiles(dir string) ([]string, error) {
	files, err := modelFiles(hub.FilesIn(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return files, nil
}

// cachedTwin is the repository under that of its names by which the cache holds it.
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

// looksLikePath reports whether name can be nothing but a path.
func looksLikePath(name string) bool {
	return name == "" || strings.ContainsAny(name, `\~`) || filepath.IsAbs(name) || strings.HasPrefix(name, ".") ||
		strings.HasSuffix(name, "/") || strings.Count(name, "/") > 1
}

// otherName is the second name of Google's first models: the hub moved "bert-*"
// to "google-bert/bert-*", and answers to both.
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

// modelFiles picks from a repository's files those that a BERT is made of, or says
// which it lacks.
func modelFiles(names []string) ([]string, error) {
	has := func(name string) bool { return slices.Contains(names, name) }
	var files []string
	for _, name := range []string{
		modelfolder.ConfigFile, modelfolder.VocabFile, modelfolder.TokenizerFile, modelfolder.TokenizerConfigFile, modelfolder.SpecialTokensFile, modelfolder.AddedTokensFile,
	} {
		if has(name) {
			files = append(files, name)
		}
	}
	if !has(modelfolder.ConfigFile) {
		return nil, errors.New("config.json is missing: it is no model of transformers")
	}
	if !has(modelfolder.VocabFile) && !has(modelfolder.TokenizerFile) {
		return nil, errors.New("vocab.txt and tokenizer.json are missing: it is no BERT")
	}
	if has(modelfolder.WeightsFile) {
		return append(files, modelfolder.WeightsFile), nil
	}
	if !has(modelfolder.WeightsIndex) {
		const missing = "model.safetensors and its index are missing: only weights in this format are read"
		if how := otherWeights(names, "", ""); how != "" {
			return nil, errors.New(missing + "; download the model (hf download NAME --local-dir DIR) and open that folder once it has them: " + how)
		}
		return nil, errors.New(missing)
	}
	files = append(files, modelfolder.WeightsIndex)
	shards, of := 0, 0
	for _, name := range names {
		var i, n int
		if c, err := fmt.Sscanf(name, "model-%05d-of-%05d.safetensors", &i, &n); err == nil && c == 2 {
			files = append(files, name)
			shards++
			of = max(of, n)
		}
	}
	if shards == 0 || shards != of {
		return nil, fmt.Errorf("%s is there, but only %d of %d model-*.safetensors", modelfolder.WeightsIndex, shards, of)
	}
	return files, nil
}
