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

	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/modelfolder"
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
	ofHead   bool // the encoder fits: all that differs belongs to a head
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
	if e.ofHead {
		b.WriteString("; the encoder fits: to train another head on it set FreshHead, in bert.Options or a finetune.Experiment (fresh_head), which makes the classifier anew and leaves out what else lies outside the encoder")
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

// placed is a tensor in a file, under the name that it has there.
type placed struct {
	file tensorFile
	name string
}

// contents are the tensors of a model's files, by their canonical names.
type contents struct {
	path  string // the file, or the folder of several
	found map[string]placed
	twice []string // tensors whose name means the same as another's
}

func readContents(dir string, files []tensorFile) contents {
	c := contents{path: weightsPath(dir, files), found: map[string]placed{}}
	for _, f := range files {
		for _, name := range f.Names() {
			canonical := canonicalName(name)
			if earlier, twice := c.found[canonical]; twice {
				c.twice = append(c.twice, fmt.Sprintf("%s (means the same as %s)", name, earlier.name))
				continue
			}
			c.found[canonical] = placed{f, name}
		}
	}
	return c
}

// rows is the number of rows of a matrix among the tensors; 0 where there is none.
func (c contents) rows(name string) int {
	if at, ok := c.found[name]; ok {
		if _, shape, _ := at.file.Info(at.name); len(shape) == 2 {
			return shape[0]
		}
	}
	return 0
}

// match compares the tensors with params. fresh are the parameters that the files lack and
// that may be made anew, skipped the names of the tensors that the model does not need:
// those of other heads, buffers and copies of tied weights, and with freshHead whatever else
// lies outside the encoder. The error is a *WeightsError unless all fit.
func (c contents) match(params []param, head Head, freshHead bool) (fresh []param, skipped []string, err error) {
	bad := &WeightsError{Path: c.path, Unexpected: slices.Clone(c.twice), headless: head == MaskedLM, ofHead: len(c.twice) == 0}
	known := map[string]bool{}
	for _, p := range params {
		known[p.name] = true
		at, ok := c.found[p.name]
		switch {
		case ok:
			if _, shape, _ := at.file.Info(at.name); !slices.Equal(shape, p.shape) {
				bad.Misshapen = append(bad.Misshapen, fmt.Sprintf("%s: is %v, expected %v", at.name, shape, p.shape))
				bad.ofHead = bad.ofHead && isClassifier(p.name)
			}
		case p.fresh:
			fresh = append(fresh, p)
		case !p.optional:
			bad.Missing = append(bad.Missing, p.name)
			bad.ofHead = false
		}
	}
	for canonical, at := range c.found {
		bad.headless = bad.headless && !strings.HasPrefix(canonical, maskedHeadPrefix)
		switch {
		case known[canonical]:
		case otherTask(canonical, head), freshHead && !strings.HasPrefix(canonical, encoderPrefix):
			skipped = append(skipped, canonical)
		default:
			bad.Unexpected = append(bad.Unexpected, at.name)
			bad.ofHead = bad.ofHead && !strings.HasPrefix(canonical, encoderPrefix)
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

// openWeights opens dir/model.safetensors, the shards that
// dir/model.safetensors.index.json lists, or Google's checkpoint.
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

// openRelease opens the checkpoint in dir.
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

// shardNames lists the files of an index, each once and sorted.
func shardNames(path string, data []byte) ([]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := lfs.Check(path, data); err != nil {
		return nil, err
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
