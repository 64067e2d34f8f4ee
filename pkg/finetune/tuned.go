package finetune

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Merge writes a model together with what it learned as one model in the hub's layout to
// the new folder out: config.json with id2label and label2id, model.safetensors
// (float32), the tokenizer's files. transformers' from_pretrained, OpenClassifier and
// bert.Open read it, and no adapter is needed any more.
//
// dir is a run folder whose training is done, or an adapter's folder, of this module's
// making or of PEFT's, or HeadOnly's head/. An empty model means the one that the folder
// names, empty labels the classes that the run or else the model names.
//
// The folder out appears whole or not at all; one that holds anything is an error, and
// so is a value that is not finite, by its tensor's name.
func Merge(ctx context.Context, model, dir, out string, labels []string) error {
	m, err := openTuned(ctx, model, dir, labels)
	if err != nil {
		return err
	}
	return m.Save(out)
}

// openTuned opens a model with what the folder dir holds of what it learned, merged.
func openTuned(ctx context.Context, model, dir string, labels []string) (*bert.Model, error) {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	switch {
	case has(ExperimentFile):
		return openRunModel(ctx, model, dir, labels)
	case has(lora.ConfigFile):
		return openAdapted(ctx, model, dir, labels)
	case has(HeadFile):
		return openProbed(ctx, model, dir, labels)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s: holds nothing that was learned: expected a run folder (%s), an adapter (%s) or a head (%s)", dir, ExperimentFile, lora.ConfigFile, HeadFile)
}

// openRunModel opens what a run came to.
func openRunModel(ctx context.Context, model, dir string, labels []string) (*bert.Model, error) {
	folder, err := OpenRun(filepath.Split(filepath.Clean(dir)))
	if err != nil {
		return nil, err
	}
	var e Experiment
	if err := folder.Experiment(&e); err != nil {
		return nil, err
	}
	if model == "" {
		if err := e.validateVersion(); err != nil {
			return nil, fmt.Errorf("%s: %w", folder.Path(ExperimentFile), err)
		}
	}
	var trained Trained
	if err := folder.Read(trainedFile, &trained); err != nil {
		return nil, fmt.Errorf("the training is not done: call Train until it returns no error: %w", err)
	}
	set(&model, e.Model)
	if len(labels) == 0 {
		labels = trained.Labels
	}
	switch e.Method {
	case HeadOnly:
		return openProbed(ctx, model, folder.Path(HeadDir), labels)
	case Full:
		return openWhole(ctx, folder.Path(ModelDir), labels)
	}
	return openAdapted(ctx, model, folder.Path(AdapterDir), labels)
}

// openAdapted opens a model and merges an adapter into it.
func openAdapted(ctx context.Context, model, dir string, labels []string) (*bert.Model, error) {
	if model == "" {
		c, err := lora.ReadConfig(dir)
		if err != nil {
			return nil, err
		}
		model = c.BaseModel
	}
	m, err := openBase(ctx, model, dir, labels)
	if err != nil {
		return nil, err
	}
	adapter, err := lora.Open(dir, m.Store, m.DenseModules(), m.EmbeddingModules()...)
	if err != nil {
		return nil, err
	}
	for _, name := range m.Fresh {
		if !variableOf(m.Store, name).Trainable {
			return nil, fmt.Errorf("%s: holds no %s, and neither does the model %s: it was trained on another", dir, name, model)
		}
	}
	return m, adapter.Merge()
}

// openProbed opens a model and gives it a head.
func openProbed(ctx context.Context, model, dir string, labels []string) (_ *bert.Model, err error) {
	path := filepath.Join(dir, HeadFile)
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	names := f.Names()
	set(&model, f.Metadata()["base_model"])
	if err := f.Close(); err != nil {
		return nil, err
	}
	m, err := openBase(ctx, model, dir, labels)
	if err != nil {
		return nil, err
	}
	for _, name := range m.Fresh {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s: holds no %s, and neither does the model %s: it was trained on another", path, name, model)
		}
	}
	return m, readTensors(path, variablesOf(m.Store, names))
}

// openBase opens the model that the folder dir belongs to.
func openBase(ctx context.Context, model, dir string, labels []string) (*bert.Model, error) {
	if model == "" {
		return nil, fmt.Errorf("%s: does not name the model that it belongs to: name it", dir)
	}
	return bert.Open(ctx, model, bert.Options{Head: bert.Classification, Labels: labels})
}

// openWhole opens a model that was trained whole.
func openWhole(ctx context.Context, dir string, labels []string) (*bert.Model, error) {
	m, err := bert.Open(ctx, dir, bert.Options{Head: bert.Classification, Labels: labels})
	if err == nil && len(m.Fresh) > 0 {
		err = errors.New(dir + ": has no trained classifier")
	}
	return m, err
}
