package bert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// WeightsError lists everything in which a file of weights differs from the
// network that its configuration describes.
type WeightsError struct {
	Path       string   // the file, or the folder of a sharded model
	Missing    []string // tensors that the network needs and the file lacks
	Unexpected []string // tensors that the network has no place for
	Misshapen  []string // "name: is [2 3], expected [4 3]"
}

func (e *WeightsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s does not match its config.json", e.Path)
	list := func(kind string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&b, "; %d %s: %s", len(names), kind, strings.Join(names, ", "))
		}
	}
	list("missing", e.Missing)
	list("unexpected", e.Unexpected)
	list("of another shape", e.Misshapen)
	return b.String()
}

// loadWeights reads the tensors of params from dir into the store, as float32,
// frozen. Nothing is stored unless all fit. It returns the parameters that the
// files lack and that may be made fresh.
func loadWeights(dir string, store *model.Store, params []param, head Head) (fresh []param, err error) {
	files, err := openShards(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, f := range files {
			err = errors.Join(err, f.Close())
		}
	}()
	type place struct {
		file *safetensors.File
		name string
	}
	found := map[string]place{}
	bad := &WeightsError{Path: weightsPath(dir, files)}
	for _, f := range files {
		for _, name := range f.Names() {
			canonical := canonicalName(name)
			if earlier, twice := found[canonical]; twice {
				bad.Unexpected = append(bad.Unexpected, fmt.Sprintf("%s (means the same as %s)", name, earlier.name))
				continue
			}
			found[canonical] = place{f, name}
		}
	}
	var present []param
	for _, p := range params {
		at, ok := found[p.name]
		if !ok {
			switch {
			case p.fresh:
				fresh = append(fresh, p)
			case !p.optional:
				bad.Missing = append(bad.Missing, p.name)
			}
			continue
		}
		delete(found, p.name)
		if _, shape, _ := at.file.Info(at.name); !slices.Equal(shape, p.shape) {
			bad.Misshapen = append(bad.Misshapen, fmt.Sprintf("%s: is %v, expected %v", at.name, shape, p.shape))
			continue
		}
		found[p.name] = at
		present = append(present, p)
	}
	known := map[string]bool{}
	for _, p := range params {
		known[p.name] = true
	}
	for canonical, at := range found {
		if !known[canonical] && !otherTask(canonical, head) {
			bad.Unexpected = append(bad.Unexpected, at.name)
		}
	}
	if len(bad.Missing)+len(bad.Unexpected)+len(bad.Misshapen) > 0 {
		slices.Sort(bad.Unexpected)
		return nil, bad
	}
	for _, p := range present {
		at := found[p.name]
		values, err := at.file.Float32(at.name)
		if err != nil {
			return nil, err
		}
		setVariable(store, p, values)
	}
	return fresh, nil
}

func weightsPath(dir string, files []*safetensors.File) string {
	if len(files) > 1 {
		return dir
	}
	return filepath.Join(dir, "model.safetensors")
}

// openShards opens dir/model.safetensors, or the shards that
// dir/model.safetensors.index.json lists.
func openShards(dir string) ([]*safetensors.File, error) {
	names := []string{"model.safetensors"}
	index := filepath.Join(dir, "model.safetensors.index.json")
	switch _, err := os.Stat(filepath.Join(dir, names[0])); {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		data, err := os.ReadFile(index)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, missingWeights(dir)
		}
		if err != nil {
			return nil, err
		}
		if names, err = shardNames(index, data); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	var files []*safetensors.File
	for _, name := range names {
		f, err := safetensors.Open(filepath.Join(dir, name))
		if err != nil {
			for _, open := range files {
				_ = open.Close()
			}
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// shardNames lists the files of an index, each once and sorted.
func shardNames(path string, data []byte) ([]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("%s is not an index of weights: %w", path, err)
	}
	var names []string
	for _, name := range index.WeightMap {
		if name != filepath.Base(name) {
			return nil, fmt.Errorf("%s: shard %q lies outside the model's folder", path, name)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s lists no shard in its weight_map", path)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// missingWeights says what to do about the formats that are not read.
func missingWeights(dir string) error {
	path := filepath.Join(dir, "model.safetensors")
	if _, err := os.Stat(filepath.Join(dir, "pytorch_model.bin")); err == nil {
		return fmt.Errorf("%s is missing and pytorch_model.bin, which can run code when it is read, is not supported: take the hub's safetensors revision of the model: %w", path, fs.ErrNotExist)
	}
	return fmt.Errorf("%s is missing: a model folder holds config.json, model.safetensors and vocab.txt: %w", path, fs.ErrNotExist)
}
