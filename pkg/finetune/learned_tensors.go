package finetune

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/internal/variables"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// bestFile, in checkpoints/, contains the best weights of Full until they are saved as model/.
const bestFile = "best.safetensors"

// learnedTensors are trainable weights of the model.
type learnedTensors struct {
	variables      map[string]*model.Variable // under the hub's names
	base, revision string                     // name of their model, and its revision on the hub
	trainable, all int                        // numbers of parameters
}

// newLearnedTensors makes the weights trainable for which choose returns true.
func newLearnedTensors(n *network, e Experiment, choose func(name string) bool) learnedTensors {
	l := learnedTensors{variables: map[string]*model.Variable{}, base: e.Model, revision: e.ModelRevision}
	for v := range n.Store.IterVariables() {
		l.all += v.Shape().Size()
		if name := dotted.Name(v.Path()); choose(name) {
			l.variables[name] = v.SetTrainable(true)
			l.trainable += v.Shape().Size()
		}
	}
	return l
}

func (l learnedTensors) withoutChecksum() []string { return nil }

func (l learnedTensors) counts() (trainable, all int, err error) { return l.trainable, l.all, nil }

// write writes the tensors to the file path atomically.
func (l learnedTensors) write(path string) error {
	metadata := map[string]string{"format": "pt", "base_model": l.base}
	if l.revision != "" {
		metadata["base_revision"] = l.revision
	}
	return variables.Write(path, l.variables, metadata)
}

// learnedHead saves the trainable weights of the head in head/.
type learnedHead struct {
	learnedTensors
	dir    string
	labels []string // names of the classes

	problem string // bert's ProblemType
}

// probe makes only the modules to save trainable.
func (n *network) probe(e Experiment, folder *runfolder.Folder) error {
	found := map[string]bool{}
	l := newLearnedTensors(n, e, func(name string) bool {
		scope := "." + name[:strings.LastIndexByte(name, '.')]
		for _, module := range e.Adapter.ModulesToSave {
			if strings.HasSuffix(scope, "."+module) {
				found[module] = true
				return true
			}
		}
		return false
	})
	for _, module := range e.Adapter.ModulesToSave {
		if !found[module] {
			return &FieldError{Field: "adapter.modules_to_save", Reason: fmt.Sprintf("names %q, which %s does not have: expected names such as \"classifier\" and \"pooler.dense\"", module, e.Model)}
		}
	}
	n.learned = learnedHead{l, folder.Path(runfolder.HeadDir), n.Config.Labels, n.Config.ProblemType}
	n.stopGradient()
	return nil
}

// stopGradient stops the gradient below the lowest trainable module if all trainable modules
// belong to the head. Otherwise GoMLX would build the gradients of the whole encoder and rely on
// the engine to remove them.
func (n *network) stopGradient() {
	pooler, classifier := dotted.Path(bert.PoolerModule), dotted.Path(bert.ClassifierModule)
	first := classifier
	for _, v := range trainer.Trainable(n.Store.RootScope(), nil) {
		switch v.Scope() {
		case pooler:
			first = v.Scope()
		case classifier:
		default:
			return // within the encoder
		}
	}
	n.encoder.Dense = func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
		if scope.Scope() == first {
			x = graph.StopGradient(x)
		}
		return bert.Linear(scope, x, out)
	}
}

func (l learnedHead) save() error {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	if err := lora.WriteLabels(l.dir, l.labels, l.problem); err != nil {
		return err
	}
	return l.write(l.file())
}
func (l learnedHead) load() error   { return variables.Read(l.file(), l.variables) }
func (l learnedHead) finish() error { return nil }
func (l learnedHead) file() string  { return filepath.Join(l.dir, runfolder.HeadFile) }

// learnedModel saves all weights of a model: in one file during the training, and as a model in
// the hub's layout at the end.
type learnedModel struct {
	learnedTensors
	model  *bert.Model
	folder *runfolder.Folder
}

// unfreeze makes every weight trainable.
func (n *network) unfreeze(e Experiment, folder *runfolder.Folder) {
	l := newLearnedTensors(n, e, func(string) bool { return true })
	n.learned = learnedModel{l, n.Model, folder}
}

func (l learnedModel) best() string { return l.folder.Path(runfolder.CheckpointsDir, bestFile) }
func (l learnedModel) save() error  { return l.write(l.best()) }
func (l learnedModel) load() error {
	if _, err := os.Stat(l.best()); errors.Is(err, fs.ErrNotExist) {
		return variables.Read(l.file(), l.variables)
	}
	return variables.Read(l.best(), l.variables)
}

// withoutChecksum returns the files of model/ except the weights.
func (l learnedModel) withoutChecksum() []string {
	dir := l.folder.Path(runfolder.ModelDir)
	var files []string
	for name, kind := range bert.Files(dir) {
		if kind != bert.WeightFiles {
			files = append(files, filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	return files
}

func (l learnedModel) file() string { return l.folder.Path(runfolder.ModelDir, "model.safetensors") }

// finish writes the best weights to model/ and replaces the model of an earlier training. It does
// nothing if this is already done.
func (l learnedModel) finish() error {
	if _, err := os.Stat(l.best()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := l.load(); err != nil {
		return err
	}
	if err := os.RemoveAll(l.folder.Path(runfolder.ModelDir)); err != nil {
		return err
	}
	if err := l.model.Save(l.folder.Path(runfolder.ModelDir)); err != nil {
		return err
	}
	return os.Remove(l.best())
}
