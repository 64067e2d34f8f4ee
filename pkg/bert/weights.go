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

	headless bool // a masked-word head is asked for, and the file has no tensor of one
}

func (e *WeightsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s does not match its configuration", e.Path)
	list := func(kind string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&b, "; %d %s: %s", len(names), kind, strings.Join(names, ", "))
		}
	}
	list("missing", e.Missing)
	list("unexpected", e.Unexpected)
	list("of another shape", e.Misshapen)
	if e.headless {
		b.WriteString("; it has no masked-word head, for it was saved for another task: take the model that it was made from")
	}
	return b.String()
}

// tensorFile is a file of named tensors in any format.
type tensorFile interface {
	Path() string
	Names() []string
	Info(name string) (dtype string, shape []int, ok bool)
	Float32(name string) ([]float32, error) // an error for other types than floating point
	Close() error
}

// loadWeights reads the tensors of params from dir into the store, as float32,
// frozen. Nothing is stored unless all fit. It returns the parameters that the
// files lack and that may be made fresh.
func loadWeights(dir string, store *model.Store, params []param, head Head) (fresh []param, err error) {
	files, err := openWeights(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	found, fresh, err := matchWeights(dir, files, params, head)
	if err != nil {
		return nil, err
	}
	for _, p := range params {
		at, ok := found[p.name]
		if !ok {
			continue
		}
		values, err := at.file.Float32(at.name)
		if err != nil {
			return nil, err
		}
		setVariable(store, p, values)
	}
	return fresh, nil
}

// placed is a tensor in a file, under the name that it has there.
type placed struct {
	file tensorFile
	name string
}

// matchWeights finds the tensors of params in the files, by their canonical names.
// The error is a *WeightsError unless all fit. fresh are those that the files lack
// and that may be made anew. Tensors of other heads are found too.
func matchWeights(dir string, files []tensorFile, params []param, head Head) (found map[string]placed, fresh []param, err error) {
	found = map[string]placed{}
	bad := &WeightsError{Path: weightsPath(dir, files), headless: head == MaskedLM}
	for _, f := range files {
		for _, name := range f.Names() {
			canonical := canonicalName(name)
			if earlier, twice := found[canonical]; twice {
				bad.Unexpected = append(bad.Unexpected, fmt.Sprintf("%s (means the same as %s)", name, earlier.name))
				continue
			}
			found[canonical] = placed{f, name}
			bad.headless = bad.headless && !strings.HasPrefix(canonical, maskedHeadPrefix)
		}
	}
	known := map[string]bool{}
	for _, p := range params {
		known[p.name] = true
		at, ok := found[p.name]
		switch {
		case ok:
			if _, shape, _ := at.file.Info(at.name); !slices.Equal(shape, p.shape) {
				bad.Misshapen = append(bad.Misshapen, fmt.Sprintf("%s: is %v, expected %v", at.name, shape, p.shape))
			}
		case p.fresh:
			fresh = append(fresh, p)
		case !p.optional:
			bad.Missing = append(bad.Missing, p.name)
		}
	}
	for canonical, at := range found {
		if !known[canonical] && !otherTask(canonical, head) {
			bad.Unexpected = append(bad.Unexpected, at.name)
		}
	}
	if len(bad.Missing)+len(bad.Unexpected)+len(bad.Misshapen) > 0 {
		slices.Sort(bad.Unexpected)
		return nil, nil, bad
	}
	return found, fresh, nil
}

func weightsPath(dir string, files []tensorFile) string {
	if len(files) == 1 {
		return files[0].Path()
	}
	return dir
}

const (
	weightsFile  = "model.safetensors"
	weightsIndex = "model.safetensors.index.json"
)

// openWeights opens dir/model.safetensors, the shards that
// dir/model.safetensors.index.json lists, or Google's checkpoint.
func openWeights(dir string) ([]tensorFile, error) {
	names := []string{weightsFile}
	index := filepath.Join(dir, weightsIndex)
	switch _, err := os.Stat(filepath.Join(dir, weightsFile)); {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		data, err := os.ReadFile(index)
		if errors.Is(err, fs.ErrNotExist) {
			return openRelease(dir)
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
	var files []tensorFile
	for _, name := range names {
		f, err := safetensors.Open(filepath.Join(dir, name))
		if err != nil {
			_ = closeAll(files)
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// openRelease opens the checkpoint in dir.
func openRelease(dir string) ([]tensorFile, error) {
	r, err := findRelease(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missingWeights(dir)
	}
	if err != nil {
		return nil, err
	}
	c, err := openCheckpoint(r.prefix)
	if err != nil {
		return nil, err
	}
	return []tensorFile{c}, nil
}

func closeAll(files []tensorFile) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
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
	return fmt.Errorf("%s is missing: a model folder holds config.json, model.safetensors and vocab.txt, or bert_model.ckpt.* as Google released it: %w", path, fs.ErrNotExist)
}
