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

// Convert writes the model that Open would open by this name, one of Google's
// releases as a rule, to the new folder dir in the hub's layout: config.json,
// model.safetensors (float32, today's tensor names), tokenizer.json,
// tokenizer_config.json and vocab.txt. Unlike opening and saving it keeps all heads
// that there are: pooler, masked words, next sentence, classifier. A .zip is not left
// unpacked in the cache.
//
// Tensors are checked against the configuration as Open checks them. The folder
// appears whole or not at all; one that holds anything already is an error.
// opts.Progress is told of downloading, unpacking and writing, one after the other.
func Convert(ctx context.Context, name, dir string, opts ResolveOptions) error {
	return folder.Create(dir, func(tmp string) error {
		source, done, err := openSource(ctx, name, filepath.Dir(tmp), opts)
		if err != nil {
			return err
		}
		defer done()
		return mend(convertFolder(ctx, source, tmp, opts.Progress))
	})
}

// openSource is Resolve, but unpacks a .zip below the folder work; done removes it.
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
	count := &bytecount.Counter{Ctx: ctx, Report: progress}
	var named []safetensors.Named
	for _, name := range slices.Sorted(maps.Keys(found)) {
		at := found[name]
		_, shape, _ := at.file.Info(at.name)
		size := 4
		for _, axis := range shape {
			size *= axis
		}
		count.Total += int64(size)
		named = append(named, safetensors.FromFunc(name, "F32", shape, func() ([]byte, error) {
			values, err := at.file.Float32(at.name)
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
	return writeFolder(dir, named, config, architecture, tokenizer)
}

// allTensors are the tensors of a model with all its heads, by canonical name, and
// transformers' class for it: the one that config.json names, or else the one that has
// such heads. Buffers and copies of tied weights are left out. Classes that nothing names
// get transformers' names.
func allTensors(dir string, files []tensorFile, config *Config) (found map[string]placed, architecture string, err error) {
	tensors := readContents(dir, files)
	found = tensors.found
	if _, _, err = tensors.match(config.params(NoHead, 0), NoHead, false); err != nil {
		return nil, "", err
	}
	maps.DeleteFunc(found, func(name string, _ placed) bool { return isBuffer(name) })
	architecture = NoHead.String()
	if _, ok := found["qa_outputs.weight"]; ok {
		architecture = "BertForQuestionAnswering"
	}
	if _, ok := found["cls.predictions.transform.dense.weight"]; ok {
		architecture = MaskedLM.String()
		if _, ok := found["cls.seq_relationship.weight"]; ok {
			architecture = "BertForPreTraining"
		}
		if err := config.settleDecoder(found); err != nil {
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
			labels = 1 // a score for each choice
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
