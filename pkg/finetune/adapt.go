package finetune

import (
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune/internal/weights"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

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
	if problem := n.RecordedProblem(); problem != bert.SingleLabel {
		n.adapter.SetProblemType(problem)
	}
	if err := n.adapter.SetLabels(labels); err != nil {
		return err
	}
	adapt(n.encoder, n.adapter)
	n.learned = weights.OfAdapter(n.adapter, r.Folder.Path(runfolder.AdapterDir), n.Model)
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

// recordEncoding makes the network save its encoding beside the trained tensors, unless it is the
// default.
func (r *Run) recordEncoding(n *network) {
	record := encoding.RecordOf(n.input)
	if record.IsZero() {
		return
	}
	n.learned = weights.WithEncoding(n.learned, record, r.learnedDir(), r.Experiment.Method == Full)
}

// learnedDir returns the folder of the trained weights after the training.
func (r *Run) learnedDir() string {
	switch r.Experiment.Method {
	case HeadOnly:
		return r.Folder.Path(runfolder.HeadDir)
	case Full:
		return r.Folder.Path(runfolder.ModelDir)
	}
	return r.Folder.Path(runfolder.AdapterDir)
}
