package finetune

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// learned saves and loads the tensors that a method trains.
type learned interface {
	counts() (trainable, all int, err error) // numbers of parameters
	save() error                             // saves the current state, the best so far
	load() error                             // restores the saved state
	finish() error                           // writes the saved state to its final place after the training
	file() string                            // the main file; its size is reported
	withoutChecksum() []string               // files that save writes without a checksum
}

// learnedAdapter saves an adapter in PEFT's format.
type learnedAdapter struct {
	*lora.Adapter
	dir   string
	model *bert.Model
}

func (l learnedAdapter) counts() (trainable, all int, err error) {
	report, err := l.Report()
	return report.Trainable, report.All, err
}
func (l learnedAdapter) save() error {
	return l.inOrder(func() error { return l.Save(l.dir) })
}
func (l learnedAdapter) load() error {
	if recorded, err := lora.ReadLabels(l.dir); err != nil || recorded == nil { // a folder of a version that did not save the class names
		return errors.Join(err, l.Load(l.dir))
	}
	return l.inOrder(func() error { return l.Load(l.dir) })
}

// inOrder calls do with the classifier's rows in the order of the adapter's files.
func (l learnedAdapter) inOrder(do func() error) error {
	labels := l.model.Config.Labels
	if err := l.model.SetLabels(l.Labels()); err != nil {
		return err
	}
	return errors.Join(do(), l.model.SetLabels(labels))
}
func (l learnedAdapter) finish() error { return nil }
func (l learnedAdapter) file() string  { return filepath.Join(l.dir, lora.TensorsFile) }

// withoutChecksum returns all files of the adapter: they have PEFT's format, which has no checksums.
func (l learnedAdapter) withoutChecksum() []string {
	files := []string{l.file(), filepath.Join(l.dir, lora.ConfigFile)}
	if labels := filepath.Join(l.dir, lora.LabelsFile); modelfolder.IsFile(labels) {
		files = append(files, labels)
	}
	return files
}

// checkOrder refuses an adapter on a classifier whose rows are in another order than in the
// model's files: PEFT would apply it to the rows in the files' order.
func (n *network) checkOrder() error {
	if n.adapter == nil || !slices.Contains(n.adapter.Targets(), bert.ClassifierModule) || n.FreshClassifier() {
		return nil
	}
	config, err := bert.ReadConfig(n.Dir)
	if err != nil {
		return err
	}
	if rows, _, err := classes.Order(config.Labels, n.Config.Labels); err != nil || slices.IsSorted(rows) {
		return err
	}
	return &FieldError{Field: "adapter.target_modules", Reason: fmt.Sprintf("adapts the classifier with the classes %q in %s, expected the order of the data, %q: an adapter for reordered rows does not fit the model; save the whole classifier, with task_type SEQ_CLS or modules_to_save", config.Labels, n.Dir, n.Config.Labels)}
}

// adapt injects a fresh adapter into the network.
func (r *Run) adapt(ctx context.Context, n *network) (err error) {
	if n.adapter, err = lora.New(r.Experiment.Adapter); err != nil {
		return err
	}
	if err := r.inject(ctx, n); err != nil {
		return err
	}
	labels, err := n.filedLabels()
	if err != nil {
		return err
	}
	if n.Config.ProblemType != bert.SingleLabel {
		n.adapter.SetProblemType(n.Config.ProblemType)
	}
	if err := n.adapter.SetLabels(labels); err != nil {
		return err
	}
	adapt(n.encoder, n.adapter)
	n.learned = learnedAdapter{n.adapter, r.Folder.Path(runfolder.AdapterDir), n.Model}
	return nil
}

// filedLabels returns the class names in the order of the adapter's files: the order of the
// model's config.json if it has the same classes, since PEFT's predictions in Python use its
// names.
func (n *network) filedLabels() ([]string, error) {
	config, err := bert.ReadConfig(n.Dir)
	if err != nil {
		return nil, err
	}
	labels := slices.Clone(n.Config.Labels)
	rows, same, err := classes.Order(config.Labels, n.Config.Labels)
	if err != nil && n.FreshClassifier() {
		return labels, nil // the base's names belong to a classifier that is not used
	}
	for i, row := range rows {
		if same {
			labels[row] = n.Config.Labels[i]
		}
	}
	return labels, err
}

// adapt makes the encoder compute with the adapter.
func adapt(encoder *bert.Encoder, adapter *lora.Adapter) {
	encoder.Dense = adapter.Wrap(bert.Linear)
	encoder.Embedding = adapter.WrapEmbedding(bert.Lookup)
}
