package bert

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

// load reads the weights of m.Dir into the store, as float32, frozen, and makes fresh what
// the folder lacks and may lack. Nothing is stored unless all tensors fit.
func (m *Model) load(opts Options) (err error) {
	files, err := openWeights(m.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	tensors := readContents(m.Dir, files)
	if m.Head == MaskedLM {
		if err := m.Config.settleDecoder(tensors.found); err != nil {
			return err
		}
	}
	if opts.FreshHead {
		m.Skipped = tensors.withoutClassifier()
		m.Config = m.Config.withoutProblem()
	} else if err := m.checkClassifier(tensors); err != nil {
		return err
	}
	params := m.Config.params(m.Head, len(m.Config.Labels))
	fresh, skipped, err := tensors.match(params, m.Head, opts.FreshHead)
	if err != nil {
		return err
	}
	m.Skipped = append(m.Skipped, skipped...)
	for _, p := range params {
		at, ok := tensors.found[p.name]
		if !ok {
			continue
		}
		values, err := at.file.Float32(at.name)
		if err != nil {
			return err
		}
		setVariable(m.Store, p, values)
	}
	m.Config.initialise(m.Store, fresh, opts.Seed)
	for _, p := range fresh {
		m.Fresh = append(m.Fresh, p.name)
	}
	return nil
}

// classifierLabels are transformers' names for the classes of the classifier that the folder
// holds; none where it holds none.
func classifierLabels(dir string) (labels []string, err error) {
	files, err := openWeights(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	if n := readContents(dir, files).rows(ClassifierWeight); n > 0 {
		labels = unnamedLabels(n)
	}
	return labels, nil
}

// atConfig notes the folder's configuration as the file that a *ConfigError is about.
func atConfig(err error, dir string) error {
	if ce := (*ConfigError)(nil); errors.As(err, &ce) && ce.Path == "" {
		ce.Path, _ = modelfolder.ConfigPath(dir)
	}
	return err
}

// withoutClassifier removes the classifier from the tensors and names what it removed.
func (c contents) withoutClassifier() (removed []string) {
	for name := range c.found {
		if isClassifier(name) {
			removed = append(removed, name)
			delete(c.found, name)
		}
	}
	slices.Sort(removed)
	return removed
}

// otherClassifiers are the classes of transformers whose tensors are named as those of
// BertForSequenceClassification and score something else.
var otherClassifiers = map[string]string{
	"BertForTokenClassification": "tokens",
	"BertForMultipleChoice":      "choices",
}

// checkClassifier refuses a classifier that was trained for another task.
func (m *Model) checkClassifier(tensors contents) error {
	if m.Head != Classification || tensors.rows(ClassifierWeight) == 0 {
		return nil
	}
	path, _ := modelfolder.ConfigPath(m.Dir)
	for _, name := range m.Config.architectures() {
		if of, ok := otherClassifiers[name]; ok {
			return &ConfigError{Path: path, Field: "architectures", Reason: fmt.Sprintf(
				"is %q, whose classifier scores %s, not texts: to train a classifier of texts on its encoder set FreshHead, in bert.Options or a finetune.Experiment (fresh_head)", name, of)}
		}
	}
	return nil
}
