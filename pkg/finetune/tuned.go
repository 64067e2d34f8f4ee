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
// names, at the revision that it names; empty labels the classes that the folder or else
// the model names. Labels that are given order and name the classes as
// [ClassifierOptions] says. A run folder's model that changed since the run read
// it is a *ChangedError; one that is given is taken as it is.
//
// The folder out appears whole or not at all; one that holds anything is an error, and
// so is a value that is not finite, by its tensor's name.
func Merge(ctx context.Context, model, dir, out string, labels []string) error {
	m, err := openTuned(ctx, tuned{model: model, dir: dir, labels: labels})
	if err != nil {
		return err
	}
	return m.Save(out)
}

// tuned names what was learned, and what the caller says of it.
type tuned struct {
	model    string   // the base; empty for the one that the folder names
	revision string   // of the base on the hub; empty for the folder's, or the main branch
	dir      string   // a run folder, an adapter's or a head's
	labels   []string // the classes by the caller's names, in the caller's order; empty for the folder's or the base's
	recorded []string // the classes that the run trained
}

// openTuned opens a model with what the folder holds of what it learned, merged.
func openTuned(ctx context.Context, t tuned) (*bert.Model, error) {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(t.dir, name))
		return err == nil
	}
	switch {
	case has(ExperimentFile):
		return openRunModel(ctx, t)
	case has(lora.ConfigFile):
		return openAdapted(ctx, t)
	case has(HeadFile):
		return openProbed(ctx, t)
	}
	if _, err := os.Stat(t.dir); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s: holds nothing that was learned: expected a run folder (%s), an adapter (%s) or a head (%s)", t.dir, ExperimentFile, lora.ConfigFile, HeadFile)
}

// openRunModel opens what a run trained.
func openRunModel(ctx context.Context, t tuned) (*bert.Model, error) {
	folder, err := OpenRun(filepath.Split(filepath.Clean(t.dir)))
	if err != nil {
		return nil, err
	}
	var e Experiment
	if err := folder.Experiment(&e); err != nil {
		return nil, err
	}
	if t.model == "" {
		if err := e.validateVersion(); err != nil {
			return nil, fmt.Errorf("%s: %w", folder.Path(ExperimentFile), err)
		}
	}
	var trained Trained
	if err := folder.Read(trainedFile, &trained); err != nil {
		return nil, fmt.Errorf("the training is not done: call Train until it returns no error: %w", err)
	}
	if err := folder.verifyFiles(trained.Files); err != nil {
		return nil, err
	}
	if t.model == "" && t.revision == "" && e.Method != Full {
		if _, err := bert.Resolve(ctx, e.Model, e.resolve()); err != nil {
			return nil, err
		}
		if err := folder.checkInput(ctx, modelInput("model", e.Model, e.resolve())); err != nil {
			return nil, err
		}
	}
	t.takeBase(e.Model, e.ModelRevision)
	t.recorded = trained.Labels
	if len(t.labels) == 0 {
		t.labels = trained.Labels
	}
	switch e.Method {
	case HeadOnly:
		t.dir = folder.Path(HeadDir)
		return openProbed(ctx, t)
	case Full:
		t.dir = folder.Path(ModelDir)
		return openWhole(ctx, t)
	}
	t.dir = folder.Path(AdapterDir)
	return openAdapted(ctx, t)
}

// openAdapted opens a model and merges an adapter into it.
func openAdapted(ctx context.Context, t tuned) (*bert.Model, error) {
	c, err := lora.ReadConfig(t.dir)
	if err != nil {
		return nil, err
	}
	if err := forClassifying(c); err != nil {
		return nil, fmt.Errorf("%s: task_type %w", filepath.Join(t.dir, lora.ConfigFile), err)
	}
	if err := t.takeAdaptersBase(c); err != nil {
		return nil, err
	}
	m, err := t.openBase(ctx, lora.TensorsFile, classifierKey)
	if err != nil {
		return nil, err
	}
	adapter, err := lora.Open(t.dir, m.Store, m.DenseModules(), m.EmbeddingModules()...)
	if err != nil {
		return nil, err
	}
	for _, name := range m.Fresh {
		if !variableOf(m.Store, name).Trainable {
			return nil, fmt.Errorf("%s: holds no %s, and neither does the model %s: it was trained on another", t.dir, name, t.model)
		}
	}
	if err := adapter.Merge(); err != nil {
		return nil, err
	}
	return m, t.setLabels(m)
}

// openProbed opens a model and gives it a head.
func openProbed(ctx context.Context, t tuned) (_ *bert.Model, err error) {
	path := filepath.Join(t.dir, HeadFile)
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	names, metadata := f.Names(), f.Metadata()
	if err := f.Close(); err != nil {
		return nil, err
	}
	t.takeBase(metadata["base_model"], metadata["base_revision"])
	m, err := t.openBase(ctx, HeadFile, "classifier.weight")
	if err != nil {
		return nil, err
	}
	for _, name := range m.Fresh {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s: holds no %s, and neither does the model %s: it was trained on another", path, name, t.model)
		}
	}
	if err := readTensors(path, variablesOf(m.Store, names)); err != nil {
		return nil, err
	}
	return m, t.setLabels(m)
}

// openWhole opens a model that was trained whole.
func openWhole(ctx context.Context, t tuned) (*bert.Model, error) {
	m, err := bert.Open(ctx, t.dir, bert.Options{Head: bert.Classification, Labels: t.labels})
	if err == nil && len(m.Fresh) > 0 {
		err = errors.New(t.dir + ": has no trained classifier")
	}
	return m, err
}
