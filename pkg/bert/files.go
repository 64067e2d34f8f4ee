package bert

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// FileKind is the part of a model that a file determines.
type FileKind string

// Kinds of files.
const (
	ConfigFiles    FileKind = "config"
	WeightFiles    FileKind = "weights"
	TokenizerFiles FileKind = "tokenizer"
)

// plainFiles holds the names of all files but those of weights.
var plainFiles = map[FileKind][]string{
	ConfigFiles:    {modelfolder.ConfigFile, modelfolder.GoogleConfig},
	TokenizerFiles: append([]string{modelfolder.SavedVocab}, modelfolder.TokenizerFiles...),
}

// Files returns the files in a model's folder that [Open] reads, those of Google's releases
// included, by their paths relative to the folder, with slashes.
func Files(dir string) map[string]FileKind {
	files := map[string]FileKind{}
	for _, names := range [][]string{plainFiles[ConfigFiles], plainFiles[TokenizerFiles], weightNames(dir)} {
		for _, name := range names {
			if modelfolder.IsFile(filepath.Join(dir, filepath.FromSlash(name))) {
				files[name] = KindOf(name)
			}
		}
	}
	return files
}

// KindOf returns the kind of a file that [Files] returns.
func KindOf(name string) FileKind {
	for kind, names := range plainFiles {
		if slices.Contains(names, name) {
			return kind
		}
	}
	return WeightFiles
}

// weightNames returns the files of weights in the format that Open reads first.
func weightNames(dir string) []string {
	if modelfolder.IsFile(filepath.Join(dir, modelfolder.WeightsFile)) {
		return []string{modelfolder.WeightsFile}
	}
	sharded := modelfolder.IsFile(filepath.Join(dir, modelfolder.WeightsIndex))
	var names []string
	for _, sub := range []string{"", "variables/"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			continue // only SavedModels have variables/
		}
		for _, entry := range entries {
			name := sub + entry.Name()
			shard := name == modelfolder.WeightsIndex || sub == "" && filepath.Ext(name) == ".safetensors"
			checkpoint := strings.Contains(name, ".ckpt") || strings.HasPrefix(name, modelfolder.SavedVariables+".")
			if sharded && shard || !sharded && checkpoint {
				names = append(names, name)
			}
		}
	}
	return names
}

// Local finds a model as [Resolve] does, but only on this machine, without unpacking or
// downloading: it returns the model's folder or its .zip. The error matches fs.ErrNotExist
// if only the hub can have the model.
func Local(name string, opts ResolveOptions) (string, error) {
	registeredDir, isRegistered := registered(name)
	switch _, err := os.Stat(name); {
	case err == nil:
		return name, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	case isRegistered:
		return registeredDir()
	case !looksLikePath(name):
		if dir, ok := hub.Cached(cachedTwin(hub.Repo{ID: name, Revision: opts.Revision})); ok {
			return dir, nil
		}
	}
	return "", &ResolveError{Name: name, Tried: []string{"this machine"}, Err: fs.ErrNotExist}
}
