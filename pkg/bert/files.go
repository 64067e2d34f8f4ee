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

// FileKind is the part of a model that a file decides.
type FileKind string

// The kinds of a model's files.
const (
	ConfigFiles    FileKind = "config"
	WeightFiles    FileKind = "weights"
	TokenizerFiles FileKind = "tokenizer"
)

// plainFiles are the names of all files but those of weights.
var plainFiles = map[FileKind][]string{
	ConfigFiles:    {modelfolder.ConfigFile, modelfolder.GoogleConfig},
	TokenizerFiles: {modelfolder.VocabFile, modelfolder.SavedVocab, modelfolder.TokenizerFile, modelfolder.TokenizerConfigFile, modelfolder.AddedTokensFile, modelfolder.SpecialTokensFile},
}

// Files lists the files in a model's folder that [tokenizers.Open] reads, or that decide how it
// reads the others, by their names within the folder, with "/" between its parts. Those
// of Google's releases are among them.
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

// KindOf is the kind of a file that [Files] lists.
func KindOf(name string) FileKind {
	for kind, names := range plainFiles {
		if slices.Contains(names, name) {
			return kind
		}
	}
	return WeightFiles
}

// weightNames are the names that files of weights may have, of the first format found.
func weightNames(dir string) []string {
	if modelfolder.IsFile(filepath.Join(dir, modelfolder.WeightsFile)) {
		return []string{modelfolder.WeightsFile}
	}
	sharded := modelfolder.IsFile(filepath.Join(dir, modelfolder.WeightsIndex))
	var names []string
	for _, sub := range []string{"", "variables/"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			continue // the second is of SavedModels alone
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

// Local finds a model as [Resolve] does, but on this machine alone and without unpacking
// or downloading anything: its folder, or the .zip that holds it. The error matches
// fs.ErrNotExist where only the hub could have it.
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
