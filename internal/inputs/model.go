package inputs

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Model returns the input for a model by its name, independent of its path. Its parts are its
// files: configuration, weights and tokenizer.
func Model(name, model string, resolve bert.ResolveOptions) runfolder.Input {
	in := runfolder.Input{Name: name, Source: model, What: fmt.Sprintf("%s %s", name, model)}
	in.Find = func() (string, []string, error) {
		place, err := bert.Local(model, resolve)
		if err != nil {
			return "", nil, err
		}
		return absolute(place), modelFiles(place), nil
	}
	in.Digests = func(ctx context.Context) (map[string]string, error) {
		dir, err := bert.Resolve(ctx, model, resolve)
		if err != nil {
			return nil, err
		}
		return FileDigests(dir, modelFiles(dir))
	}
	in.Part = func(file string) string {
		switch kind := bert.KindOf(file); kind {
		case bert.TokenizerFiles:
			return fmt.Sprintf("the tokenizer (%s)", file)
		case bert.ConfigFiles:
			return fmt.Sprintf("the configuration (%s)", file)
		}
		return fmt.Sprintf("the weights (%s)", file)
	}
	return in
}

// OpenModel opens a model that is an input of the folder. It compares the model's files with the
// folder's record before and after reading them.
func OpenModel(ctx context.Context, folder *runfolder.Folder, in runfolder.Input, options bert.Options) (*bert.Model, error) {
	dir, err := bert.Resolve(ctx, in.Source, options.Resolve)
	if err != nil {
		return nil, err
	}
	in.Find = func() (string, []string, error) { return absolute(dir), modelFiles(dir), nil } // a .zip is unpacked there
	if err := folder.CheckInput(ctx, in); err != nil {
		return nil, err
	}
	m, err := bert.Open(ctx, in.Source, options)
	if err != nil {
		return nil, err
	}
	return m, folder.CheckInput(ctx, in)
}

// modelFiles returns the paths of a model's files, or of its .zip.
func modelFiles(place string) []string {
	if info, err := os.Stat(place); err == nil && !info.IsDir() {
		return []string{place}
	}
	var paths []string
	for _, name := range slices.Sorted(maps.Keys(bert.Files(place))) {
		paths = append(paths, filepath.Join(place, filepath.FromSlash(name)))
	}
	return paths
}

// FileDigests returns the digests of files in a folder, by their paths within it, with "/".
func FileDigests(dir string, paths []string) (map[string]string, error) {
	digests := map[string]string{}
	for _, path := range paths {
		d, err := digest.File(path)
		if err != nil {
			return nil, err
		}
		within, err := filepath.Rel(dir, path)
		if err != nil {
			return nil, err
		}
		digests[filepath.ToSlash(within)] = d
	}
	return digests, nil
}

// absolute returns a path that does not depend on the working directory.
func absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return path
}
