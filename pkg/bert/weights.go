package bert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/mismatch"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// TensorsError lists all tensors of a file of weights that do not fit the network of its
// configuration.
type TensorsError struct {
	Path       string      // the file, or the folder of a sharded model
	Missing    []string    // names of tensors that the file lacks
	Unexpected []string    // names of tensors that the network does not have
	Misshapen  []Misshapen // tensors of another shape

	noMaskedHead bool // the network has a masked-language-model head, and the file has no tensor of one
	noHead       bool // so, and the file has no tensor outside the encoder
	onlyHead     bool // the encoder fits: all differences concern a head
}

// Misshapen is a tensor with another shape than the network requires.
type Misshapen = mismatch.Misshapen

// Error implements error.
func (e *TensorsError) Error() string {
	text := fmt.Sprintf("bert: %s does not fit its configuration: %s", e.Path, mismatch.List(
		mismatch.Kind{Name: "missing", Tensors: e.Missing}, mismatch.Kind{Name: "unexpected", Tensors: e.Unexpected},
		mismatch.Kind{Name: "of another shape", Tensors: mismatch.Texts(e.Misshapen)}))
	switch {
	case e.noMaskedHead && e.noHead:
		text += "; the file has no masked-language-model head, but an encoder alone: use a model that was saved with this head, as BertForMaskedLM and BertForPreTraining are"
	case e.noMaskedHead:
		text += "; the file has no masked-language-model head, since the model was saved for another task: use its base model"
	}
	if e.onlyHead {
		text += "; the encoder fits: to train another head on it set FreshHead, in bert.Options or a finetune.Experiment (fresh_head), which initializes the classifier and skips all other tensors outside the encoder"
	}
	return text
}

// tensorFile is a file of named tensors in any format.
type tensorFile interface {
	Path() string
	Names() []string
	Info(name string) (dtype string, shape []int, ok bool)
	Float32(name string) ([]float32, error) // an error for other types than floating point
	ReadFloat32(name string, values []float32) error
	Close() error
}

// storedTensor is a tensor in a file, with its name there.
type storedTensor struct {
	file tensorFile
	name string
}

// read returns the values as a tensor of float32 with the shape.
func (s storedTensor) read(shape []int) (*tensors.Tensor, error) {
	t := tensors.FromShape(shapes.Make(dtypes.Float32, shape...))
	var err error
	accessErr := t.MutableFlatData(func(flat any) { err = s.file.ReadFloat32(s.name, flat.([]float32)) })
	return t, errors.Join(err, accessErr)
}

// storedTensors holds the tensors of a model's files by their canonical names.
type storedTensors struct {
	path  string // the file, or the folder of several
	found map[string]storedTensor
	twice []string // tensors whose canonical name another tensor has too
}

func findTensors(dir string, files []tensorFile) storedTensors {
	c := storedTensors{path: weightsPath(dir, files), found: map[string]storedTensor{}}
	for _, f := range files {
		for _, name := range f.Names() {
			canonical := canonicalName(name)
			if earlier, twice := c.found[canonical]; twice {
				c.twice = append(c.twice, fmt.Sprintf("%s (means the same as %s)", name, earlier.name))
				continue
			}
			c.found[canonical] = storedTensor{f, name}
		}
	}
	return c
}

// rows returns the number of rows of a matrix; 0 if there is none of that name.
func (c storedTensors) rows(name string) int {
	if t, ok := c.found[name]; ok {
		if _, shape, _ := t.file.Info(t.name); len(shape) == 2 {
			return shape[0]
		}
	}
	return 0
}

// match compares the tensors with params. fresh holds the parameters that the files lack and
// that may be initialized; skipped holds the names of the tensors that the model does not
// need: those of other heads, buffers and copies of tied weights, and with freshHead all
// others outside the encoder. The error is a *TensorsError.
func (c storedTensors) match(params []param, head Head, freshHead bool) (fresh []param, skipped []string, err error) {
	bad := &TensorsError{Path: c.path, Unexpected: slices.Clone(c.twice), noMaskedHead: head == MaskedLM, noHead: true, onlyHead: len(c.twice) == 0}
	known := map[string]bool{}
	for _, p := range params {
		known[p.name] = true
		stored, ok := c.found[p.name]
		switch {
		case ok:
			if _, shape, _ := stored.file.Info(stored.name); !slices.Equal(shape, p.shape) {
				bad.Misshapen = append(bad.Misshapen, Misshapen{Name: stored.name, Found: shape, Want: p.shape})
				bad.onlyHead = bad.onlyHead && isClassifier(p.name)
			}
		case p.fresh:
			fresh = append(fresh, p)
		case !p.optional:
			bad.Missing = append(bad.Missing, p.name)
			bad.onlyHead = false
		}
	}
	for canonical, stored := range c.found {
		bad.noHead = bad.noHead && strings.HasPrefix(canonical, encoderPrefix)
		bad.noMaskedHead = bad.noMaskedHead && !strings.HasPrefix(canonical, maskedHeadPrefix)
		switch {
		case known[canonical]:
		case isSkippable(canonical, head), freshHead && !strings.HasPrefix(canonical, encoderPrefix):
			skipped = append(skipped, canonical)
		default:
			bad.Unexpected = append(bad.Unexpected, stored.name)
			bad.onlyHead = bad.onlyHead && !strings.HasPrefix(canonical, encoderPrefix)
		}
	}
	slices.Sort(skipped)
	if len(bad.Missing)+len(bad.Unexpected)+len(bad.Misshapen) > 0 {
		slices.Sort(bad.Unexpected)
		return nil, nil, bad
	}
	return fresh, skipped, nil
}

func weightsPath(dir string, files []tensorFile) string {
	if len(files) == 1 {
		return files[0].Path()
	}
	return dir
}

// openWeights opens dir/model.safetensors, the shards listed in
// dir/model.safetensors.index.json, or Google's checkpoint.
func openWeights(dir string) ([]tensorFile, error) {
	names := []string{modelfolder.WeightsFile}
	index := filepath.Join(dir, modelfolder.WeightsIndex)
	switch _, err := os.Stat(filepath.Join(dir, modelfolder.WeightsFile)); {
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

// openRelease opens the TensorFlow checkpoint in dir.
func openRelease(dir string) ([]tensorFile, error) {
	r, err := googlebert.Find(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missingWeights(dir)
	}
	if err != nil {
		return nil, err
	}
	c, err := r.Checkpoint()
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

// shardNames returns the files of an index, sorted and without repetition.
func shardNames(path string, data []byte) ([]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := lfs.Check(path, data); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("bert: %s is no index of shards, expected {\"weight_map\": {...}}: %w", path, err)
	}
	names := slices.Compact(slices.Sorted(maps.Values(index.WeightMap)))
	for _, name := range names {
		if name != filepath.Base(name) {
			return nil, fmt.Errorf("bert: %s: the shard %q lies outside the model's folder, expected the name of a file in it", path, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("bert: %s: weight_map lists no shard, expected a file for each tensor", path)
	}
	return names, nil
}
