package classify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/variables"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Merge merges trained weights into their model and writes the result in the hub's layout to the
// new folder out: config.json with id2label and label2id, model.safetensors (float32), and the
// tokenizer's files. transformers' from_pretrained, Open and bert.Open read it without an
// adapter.
//
// dir is a run folder with a finished training, an adapter's folder of this module or of PEFT, an
// adapter on the hub as for [Open], or HeadOnly's head/. An empty model means the folder's model at the
// folder's revision. A changed model of a run folder is a *ChangedError; a model that the caller names is
// not compared.
//
// If the training read pairs of texts, or had another truncation than encoding.Head, out also
// contains its [encoding.RecordFile], which transformers does not read. A [CalibrationFile] is not
// copied: use Options.Calibrated with the folder of the training.
//
// The folder out is written atomically. It must be empty or missing. A value that is not finite
// is an error with its tensor's name.
func Merge(ctx context.Context, model, dir, out string, options MergeOptions) error {
	if err := validTask(options.Task); err != nil {
		return err
	}
	var record encoding.Record
	var warnings []string
	t := tuned{
		model: model, revision: options.Revision, dir: dir, labels: options.Labels, task: options.Task,
		option: "classify.MergeOptions.Labels (--labels of kernel merge)", record: &record, warnings: &warnings,
	}
	if dir == "" || t.isModel() {
		return fmt.Errorf("%q is a complete model, expected trained weights to merge: open it with Open, or copy it with bert.Convert", cmp.Or(dir, model))
	}
	m, err := openTuned(ctx, t)
	if err != nil {
		return err
	}
	if options.Warn != nil {
		for _, warning := range warnings {
			options.Warn(warning)
		}
	}
	return m.SaveWith(out, record.Write)
}

// MergeOptions of [Merge].
type MergeOptions struct {
	Labels   []string  // as Options.Labels; default: the classes of the folder, otherwise of the model
	Task     data.Task // as Options.Task
	Revision string    // as Options.Revision
	// Warn receives the warnings that [Classifier] has as Warnings, before the result is written.
	// Default: none.
	Warn func(warning string)
}

// tuned describes trained weights and the caller's settings for them.
type tuned struct {
	model    string    // the base; empty for the folder's base
	revision string    // of the base on the hub; empty for the folder's, or the main branch
	dir      string    // the folder of a run, an adapter or a head
	labels   []string  // the class names of the caller in the caller's order; empty for those of the folder or the base
	recorded []string  // the class names of the run's training
	task     data.Task // the caller's task; empty for that of the folder or the base

	recordedTask data.Task // of the run, with recorded
	option       string    // the caller's option for labels, for errors
	namedBy      string    // the file and field that name the model; empty if the caller names it

	round  bool  // all projections are rounded to bfloat16 once the weights are complete
	inFile int64 // bert.Options.WordsInFile, where the trained weights have no word embeddings

	warnings *[]string        // receives the adapter's warnings; may be nil
	record   *encoding.Record // receives the encoding of the training; may be nil
	fitted   *calibrationOf   // receives the calibration of the training; may be nil
}

// has reports whether the folder contains the file.
func (t tuned) has(name string) bool {
	_, err := os.Stat(filepath.Join(t.dir, name))
	return err == nil
}

// below names the folders in the folder that can be opened, for an error: PEFT writes an adapter with a
// name of its own to a folder of this name, and Trainer its checkpoints.
func (t tuned) below() string {
	entries, _ := os.ReadDir(t.dir) // the error names the folder without them
	var names []string
	for _, e := range entries {
		if in := (tuned{dir: filepath.Join(t.dir, e.Name())}); in.isLearned() || in.has("config.json") {
			names = append(names, e.Name())
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("; its folder %s does: pass %s", names[0], filepath.Join(t.dir, names[0]))
	}
	const most = 5
	return fmt.Sprintf("; its folders, such as %s, do: pass one of them", strings.Join(names[:min(most, len(names))], ", "))
}

// isLearned reports whether the folder contains trained weights for a model.
func (t tuned) isLearned() bool {
	return t.has(runfolder.ExperimentFile) || t.has(lora.ConfigFile) || t.has(runfolder.HeadFile)
}

// isModel reports whether the folder is a complete model.
func (t tuned) isModel() bool { return t.has("config.json") && !t.isLearned() }

// openTuned opens a model merged with the trained weights of the folder.
func openTuned(ctx context.Context, t tuned) (*bert.Model, error) {
	switch {
	case t.dir == "" && t.model == "":
		return nil, errors.New("found neither a model nor a folder of trained weights, expected at least one of them")
	case t.dir == "":
		if t.dir = t.model; t.isLearned() {
			return nil, fmt.Errorf("%s: is a folder of trained weights, expected a model: pass it as the folder, and leave the model empty for the folder's model", t.model)
		}
		return openWhole(ctx, t)
	}
	dir, from, err := resolveAdapter(ctx, t.dir)
	if err != nil {
		return nil, err
	}
	switch t.dir = dir; {
	case from.repository == "" && t.has(runfolder.ExperimentFile):
		return openRunModel(ctx, t)
	case t.has(lora.ConfigFile):
		return openAdapted(ctx, t)
	case t.has(runfolder.HeadFile):
		return openProbed(ctx, t)
	case t.isModel() && t.model == "":
		return openWhole(ctx, t)
	case t.isModel():
		return nil, fmt.Errorf("%s: is a complete model, expected weights that were trained on %s: leave the model empty, or pass the adapter's folder", t.dir, t.model)
	}
	info, err := os.Stat(t.dir)
	if err != nil {
		return nil, fmt.Errorf("%w; to open a complete model, pass its folder or its name on the hub as the model, without a folder of trained weights", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: is a file, expected a folder, such as %s if it contains trained weights", t.dir, filepath.Dir(t.dir))
	}
	if _, err := os.Stat(filepath.Join(t.dir, runfolder.ExperimentFile)); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s cannot be read: %w", t.dir, err) // permission is missing
	}
	return nil, fmt.Errorf("%s: contains no trained weights: expected a run folder (%s), an adapter (%s), a head (%s), or a complete model (config.json)%s", t.dir, runfolder.ExperimentFile, lora.ConfigFile, runfolder.HeadFile, t.below())
}

// openAdapted opens a model and merges an adapter into it.
func openAdapted(ctx context.Context, t tuned) (*bert.Model, error) {
	c, err := lora.ReadConfig(t.dir)
	if err != nil {
		return nil, err
	}
	if err := t.takeTask(c); err != nil {
		return nil, fmt.Errorf("%s: task_type %w", filepath.Join(t.dir, lora.ConfigFile), err)
	}
	if err := t.takeAdaptersBase(c); err != nil {
		return nil, err
	}
	t.keepWords(lora.TensorsFile)
	m, err := t.openBase(ctx, lora.TensorsFile, classifierKey)
	if err != nil {
		return nil, err
	}
	if err := CheckTask(c, taskOf(m)); err != nil {
		return nil, fmt.Errorf("%s: task_type %w", filepath.Join(t.dir, lora.ConfigFile), err)
	}
	if err := t.growVocabulary(m, c); err != nil {
		return nil, err
	}
	adapter, err := lora.Open(t.dir, m.Store, m.DenseModules(), m.EmbeddingModules()...)
	if err != nil {
		return nil, err
	}
	if t.warnings != nil {
		*t.warnings = append(*t.warnings, adapter.Warnings()...)
	}
	for _, name := range m.Fresh {
		if !m.Variable(name).Trainable {
			return nil, absentTensor(t.dir, name, c, m.Config, m.Dir)
		}
	}
	if err := adapter.Merge(); err != nil {
		return nil, err
	}
	return m, errors.Join(t.setLabels(m), t.readRecord(t.dir))
}

// openProbed opens a model and adds a head.
func openProbed(ctx context.Context, t tuned) (_ *bert.Model, err error) {
	path := filepath.Join(t.dir, runfolder.HeadFile)
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	names, metadata := f.Names(), f.Metadata()
	if err := f.Close(); err != nil {
		return nil, err
	}
	t.takeBase(metadata["base_model"], metadata["base_revision"], path+" (base_model in its metadata)")
	t.keepWords(runfolder.HeadFile)
	m, err := t.openBase(ctx, runfolder.HeadFile, bert.ClassifierWeight)
	if err != nil {
		return nil, err
	}
	for _, name := range m.Fresh {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s: contains no %s, and neither does the model %s: it was trained on another model", path, name, t.model)
		}
	}
	trained := map[string]*model.Variable{}
	for _, name := range names {
		trained[name] = m.Variable(name) // nil if the model has none
	}
	if err := variables.Read(path, trained); err != nil {
		return nil, err
	}
	return m, errors.Join(t.setLabels(m), t.readRecord(t.dir))
}

// openWhole opens a complete model: fully fine-tuned, merged, or fine-tuned by another program.
func openWhole(ctx context.Context, t tuned) (*bert.Model, error) {
	problem, named := string(t.task), true
	if dir, err := bert.Resolve(ctx, t.dir, bert.ResolveOptions{Revision: t.revision}); err == nil {
		if config, err := bert.ReadConfig(dir); err == nil {
			if named = len(config.Labels)+len(t.labels) > 0; problem == "" && config.ScoresTokens() {
				problem = tokenProblem
			}
		}
	} // openClassifying returns the errors
	options := bert.Options{Labels: t.labels, ProblemType: problem, WordsInFile: t.inFile, Resolve: bert.ResolveOptions{Revision: t.revision}}
	if t.round {
		options.Round = func(string) bool { return true }
	}
	m, err := openClassifying(ctx, t.dir, options, t.option)
	var absent []string
	switch {
	case err == nil:
		absent = m.Fresh
	case !named && namesNoClass(err):
		absent = []string{bert.ClassifierWeight}
	}
	if len(absent) > 0 {
		err = fmt.Errorf("%s: has no trained classifier: %s is missing; if the model is the base of a training or an adapter, pass the folder of the trained weights too", t.dir, strings.Join(absent, ", "))
	}
	if err != nil {
		return m, err
	}
	return m, t.readRecord(m.Dir)
}
