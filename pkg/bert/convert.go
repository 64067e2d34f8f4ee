package bert

import (
	"context"
	"encoding/binary"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/bytecount"
	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Convert writes a model, usually one of Google's releases, to the new folder dir in the hub's
// layout: config.json, model.safetensors (float32, current tensor names), tokenizer.json,
// tokenizer_config.json and vocab.txt. name is resolved as by [Open]. Unlike opening and
// saving, Convert keeps all heads: pooler, masked language modelling, next sentence,
// classifier. It leaves no unpacked .zip in the cache.
//
// Convert compares the tensors with the configuration as Open does. The folder appears whole
// or not at all; a folder that is not empty is an error. opts.Progress reports downloading,
// unpacking and writing, in this order.
func Convert(ctx context.Context, name, dir string, opts ResolveOptions) error {
	return folder.Create(dir, func(tmp string) error {
		source, done, err := openSource(ctx, name, tmp, opts)
		if err != nil {
			return err
		}
		defer done()
		return withRemedy(convertFolder(ctx, source, tmp, opts.Progress))
	})
}

// openSource is Resolve, except that it unpacks a .zip in the folder work; done removes it.
func openSource(ctx context.Context, name, work string, opts ResolveOptions) (dir string, done func(), err error) {
	if !googlebert.IsZip(name) {
		dir, err = Resolve(ctx, name, opts)
		return dir, func() {}, err
	}
	z, err := googlebert.OpenZip(name)
	if err != nil {
		return "", nil, err
	}
	defer z.Close()
	tmp, err := os.MkdirTemp(work, ".unpacking-*")
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(tmp) }
	dir = filepath.Join(tmp, z.Name)
	if err := z.Unpack(ctx, dir, opts.Progress); err != nil {
		done()
		return "", nil, err
	}
	return dir, done, nil
}

func convertFolder(ctx context.Context, source, dir string, progress func(done, total int64)) error {
	config, err := ReadConfig(source)
	if err != nil {
		return err
	}
	if err := checkWeights(source); err != nil {
		return err
	}
	tokenizer, err := tokenizers.Open(source)
	if err != nil {
		return err
	}
	described, _ := modelfolder.ConfigPath(source)
	if err := (&Model{Config: config, Tokenizer: tokenizer}).checkVocab(described, modelfolder.IsHub(source)); err != nil {
		return err
	}
	files, err := openWeights(source)
	if err != nil {
		return err
	}
	defer closeAll(files) //nolint:errcheck // they were only read
	found, architecture, err := allTensors(source, files, &config)
	if err != nil {
		return err
	}
	return writeFolder(dir, encodeTensors(ctx, found, progress), config, architecture, tokenizer)
}

// encodeTensors returns the tensors for a file of float32, which are read when it is written.
func encodeTensors(ctx context.Context, found map[string]storedTensor, progress func(done, total int64)) []safetensors.Named {
	count := &bytecount.Counter{Ctx: ctx, Report: progress}
	var named []safetensors.Named
	for _, name := range slices.Sorted(maps.Keys(found)) {
		stored := found[name]
		_, shape, _ := stored.file.Info(stored.name)
		size := 4
		for _, axis := range shape {
			size *= axis
		}
		count.Total += int64(size)
		named = append(named, safetensors.FromFunc(name, "F32", shape, func() ([]byte, error) {
			values, err := stored.file.Float32(stored.name)
			if err != nil {
				return nil, err
			}
			data := make([]byte, 0, size)
			for _, v := range values {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
			_, err = count.Write(data)
			return data, err
		}))
	}
	return named
}

// allTensors returns the tensors of a model with all its heads by canonical name, and
// transformers' class for the model: that of config.json, or else the class with these heads.
// It omits buffers and copies of tied weights. Classes without names get transformers' names.
func allTensors(dir string, files []tensorFile, config *Config) (found map[string]storedTensor, architecture string, err error) {
	tensors := findTensors(dir, files)
	found = tensors.found
	if _, _, err = tensors.match(config.params(NoHead, 0), NoHead, false); err != nil {
		return nil, "", err
	}
	maps.DeleteFunc(found, func(name string, _ storedTensor) bool { return isBuffer(name) })
	architecture = NoHead.String()
	if _, ok := found["qa_outputs.weight"]; ok {
		architecture = "BertForQuestionAnswering"
	}
	if _, ok := found["cls.predictions.transform.dense.weight"]; ok {
		architecture = MaskedLM.String()
		if _, ok := found["cls.seq_relationship.weight"]; ok {
			architecture = "BertForPreTraining"
		}
		if err := config.resolveDecoder(found); err != nil {
			return nil, "", err
		}
		if _, _, err := tensors.match(config.params(MaskedLM, 0), MaskedLM, false); err != nil {
			return nil, "", err
		}
		if !config.UntiedDecoder {
			delete(found, decoderWeight)
			delete(found, decoderBias)
		}
	}
	if n := tensors.rows(ClassifierWeight); n > 0 {
		architecture = Classification.String()
		if len(config.Labels) == 0 {
			config.Labels = unnamedLabels(n)
		}
		labels := len(config.Labels)
		if slices.Contains(config.architectures(), "BertForMultipleChoice") {
			labels = 1 // one score per choice
		}
		if _, _, err := tensors.match(config.params(Classification, labels), Classification, false); err != nil {
			return nil, "", err
		}
	}
	if named := config.architectures(); len(named) == 1 {
		architecture = named[0]
	}
	return found, architecture, nil
}
