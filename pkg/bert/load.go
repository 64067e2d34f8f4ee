package bert

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/heap"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// load reads the weights of m.Dir into the store as frozen variables, float32 except those that
// opts.Round chooses, and initializes the tensors that the folder may lack. It stores nothing unless all tensors fit.
func (m *Model) load(opts Options) (err error) {
	files, err := openWeights(m.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	stored := findTensors(m.Dir, files)
	if m.Head == MaskedLM {
		if err := m.Config.resolveDecoder(stored.found); err != nil {
			return err
		}
	}
	if opts.FreshHead {
		m.Skipped = stored.withoutClassifier()
	} else if err := m.checkClassifier(stored); err != nil {
		return err
	}
	params := m.Config.params(m.Head, len(m.Config.Labels))
	fresh, skipped, err := stored.match(params, m.Head, opts.FreshHead)
	if err != nil {
		return err
	}
	m.Skipped = append(m.Skipped, skipped...)
	var replaced heap.Replaced // matrices in float32 after they were rounded
	for _, p := range params {
		from, ok := stored.found[p.name]
		if !ok {
			continue
		}
		if p.name == WordEmbeddings {
			value, err := m.leaveWords(from, p, opts.WordsInFile)
			if err != nil {
				return err
			}
			if value != nil {
				m.Store.VariableWithValue(p.path(), value).SetTrainable(false)
				continue
			}
		}
		value, err := from.read(p.shape)
		if err != nil {
			return err
		}
		if module, isWeight := p.projection(); isWeight && opts.Round != nil && opts.Round(module) {
			exact := value.Shape().ByteSize()
			if value, err = rounded(value); err != nil {
				return fmt.Errorf("bert: %s: %w", p.name, err)
			}
			replaced.Add(exact)
		}
		m.Store.VariableWithValue(p.path(), value).SetTrainable(false)
	}
	m.Config.initialize(m.Store, fresh, opts.Seed)
	for _, p := range fresh {
		m.Fresh = append(m.Fresh, p.name)
	}
	return nil
}

// classifierLabels returns transformers' names for the classes of the folder's classifier; nil
// if the folder has no classifier.
func classifierLabels(dir string) (labels []string, err error) {
	files, err := openWeights(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	if n := findTensors(dir, files).rows(ClassifierWeight); n > 0 {
		labels = unnamedLabels(n)
	}
	return labels, nil
}

// atConfig sets the folder's configuration as the file of each *ConfigError in err.
func atConfig(err error, dir string) error {
	path, _ := modelfolder.ConfigPath(dir)
	return atConfigPath(err, path)
}

// withoutClassifier removes the classifier from the tensors and returns the removed names.
func (c storedTensors) withoutClassifier() (removed []string) {
	for name := range c.found {
		if isClassifier(name) {
			removed = append(removed, name)
			delete(c.found, name)
		}
	}
	slices.Sort(removed)
	return removed
}

// scoredBy maps the classes of transformers with a tensor classifier.weight to what their
// classifiers score.
var scoredBy = map[string]string{
	"BertForSequenceClassification": texts,
	"BertForTokenClassification":    tokens,
	"BertForMultipleChoice":         "choices",
}

const texts, tokens = "texts", "tokens"

// checkClassifier refuses a classifier that was trained for another task.
func (m *Model) checkClassifier(stored storedTensors) error {
	if !m.Head.HasClassifier() || stored.rows(ClassifierWeight) == 0 {
		return nil
	}
	wanted := texts
	if m.Head == TokenClassification {
		wanted = tokens
	}
	path, _ := modelfolder.ConfigPath(m.Dir)
	for _, name := range m.Config.architectures() {
		if scored, ok := scoredBy[name]; ok && scored != wanted {
			return &ConfigError{Path: path, Field: "architectures", Reason: fmt.Sprintf(
				"is %q, whose classifier scores %s, expected a classifier of %s: to train one on this encoder set FreshHead, in bert.Options or a finetune.Experiment (fresh_head)", name, scored, wanted)}
		}
	}
	return nil
}

// ScoresTokens reports whether config.json names BertForTokenClassification, whose classifier
// scores tokens.
func (c Config) ScoresTokens() bool {
	return slices.Contains(c.architectures(), TokenClassification.String())
}
