package classify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// adapterClasses contains the classes of [Classifiers] and their rows in each adapter.
type adapterClasses struct {
	labels []string // class names in the order of the answers
	base   []string // class names in the model's config.json; nil: none
	given  bool     // the caller named them
	other  bool     // the base has a trained classifier with other class names

	untrained error            // why the base's classifier is not used; nil if it is used
	problem   error            // why the base's classifier does not use softmax; nil if it does
	vocab     int              // number of the model's word embeddings
	orders    map[string][]int // by adapter: the row of its classifier for each label; nil: the order of the labels
}

// basesOf returns the model to open: the caller's, otherwise the one that all adapters name.
func basesOf(model, revision string, adapters map[string]string) (tuned, error) {
	base := tuned{model: model, revision: revision}
	for i, name := range slices.Sorted(maps.Keys(adapters)) {
		t := tuned{model: model, revision: revision, dir: adapters[name]}
		c, err := lora.ReadConfig(t.dir)
		if err != nil {
			return base, fmt.Errorf("adapter %q: %w", name, err)
		}
		if err := t.takeAdaptersBase(c); err != nil {
			return base, fmt.Errorf("adapter %q: %w", name, err)
		}
		if t.model == "" {
			return base, fmt.Errorf("adapter %q: %s does not name its model: name the model explicitly", name, t.dir)
		}
		if i > 0 && (t.model != base.model || t.revision != base.revision) {
			return base, fmt.Errorf("adapter %q belongs to the model %s, revision %q, expected the model of the other adapters, %s, revision %q", name, t.model, t.revision, base.model, base.revision)
		}
		base.model, base.revision, base.namedBy = t.model, t.revision, t.namedBy
	}
	return base, nil
}

// openClasses opens the base with the classes that all adapters have.
func openClasses(ctx context.Context, base tuned, adapters map[string]string, labels []string) (*adapterClasses, *bert.Model, error) {
	dir, err := base.resolve(ctx)
	if err != nil {
		return nil, nil, err
	}
	config, err := bert.ReadConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	c := &adapterClasses{labels: labels, base: config.Labels, given: len(labels) > 0, orders: map[string][]int{}, problem: checkSingle(config, dir)}
	names := slices.Sorted(maps.Keys(adapters))
	for _, name := range names {
		if len(c.labels) > 0 {
			break
		}
		if c.labels, err = lora.ReadLabels(adapters[name]); err != nil {
			return nil, nil, fmt.Errorf("adapter %q: %w", name, err)
		}
	}
	m, err := openClassifying(ctx, dir, bert.Options{Labels: c.labels, ProblemType: bert.SingleLabel}, labelsOption)
	if err != nil && allHaveClassifiers(adapters) {
		if fresh, freshErr := openClassifying(ctx, dir, bert.Options{Labels: c.labels, FreshHead: true, ProblemType: bert.SingleLabel}, labelsOption); freshErr == nil {
			m, err, c.untrained = fresh, nil, err
		}
	}
	if err != nil {
		return nil, nil, err
	}
	c.labels, c.vocab = m.Config.Labels, m.Config.VocabSize
	if !m.FreshClassifier() && len(c.base) > 0 {
		_, same, err := classes.Order(c.base, c.labels)
		c.other = !c.given && (err != nil || !same)
	}
	for _, name := range names {
		if c.orders[name], err = c.order(name, adapters[name]); err != nil {
			return nil, nil, err
		}
	}
	return c, m, nil
}

// order checks the common properties of all adapters, and finds the row of an adapter's
// classifier for each label.
func (c *adapterClasses) order(name, dir string) ([]int, error) {
	fail := func(format string, args ...any) ([]int, error) {
		return nil, fmt.Errorf("adapter %q: %w", name, fmt.Errorf(format, args...))
	}
	config, err := lora.ReadConfig(dir)
	if err != nil {
		return fail("%w", err)
	}
	if err := CheckTask(config, data.SingleLabel); err != nil {
		return fail("%s: task_type %w", filepath.Join(dir, lora.ConfigFile), err)
	}
	if _, n := wordEmbeddingRows(dir); n > c.vocab {
		return fail("%s: tokens were added to the vocabulary, from %d to %d word embeddings, which the other adapters do not have: open it alone, with Open", dir, c.vocab, n)
	}
	named, err := lora.ReadLabels(dir)
	if err != nil {
		return fail("%w", err)
	}
	if problem, err := lora.ReadProblemType(dir); err != nil || problem != "" {
		return fail("%w", cmp.Or(err, fmt.Errorf("%s: was trained for the task %s; several adapters on one model serve only %s: open it alone, with Open", dir, problem, bert.SingleLabel)))
	}
	if named == nil && c.problem != nil { // PEFT trains with the base's problem_type and does not record it
		return fail("%w", c.problem)
	}
	rows, recorded := rowsOf(filepath.Join(dir, lora.TensorsFile), classifierKey), named != nil
	if rows == 0 && c.untrained != nil {
		return fail("%s has no classifier, and the model's classifier is not used: %w", dir, c.untrained)
	}
	if named == nil { // PEFT trains a classifier in the order of the base's classes
		if named = c.base; rows > 0 && rows != len(named) {
			named = nil
		}
	}
	if rows > 0 && rows != len(c.labels) || recorded && len(named) != len(c.labels) {
		return fail("%s: the classifier has %d classes, expected the %d of all adapters, %q", dir, max(rows, len(named)), len(c.labels), c.labels)
	}
	order, same, err := classes.Order(named, c.labels)
	switch {
	case err != nil:
		return fail("%s: %w", dir, err)
	case len(named) > 0 && !same && !c.given:
		return fail("%s: the classes are %q, expected those of all adapters, %q: if both lists mean the same classes in this order, name them in Labels", dir, named, c.labels)
	case slices.IsSorted(order):
		return nil, nil
	case rows == 0 && rowsOf(filepath.Join(dir, lora.TensorsFile), "base_model.model.classifier.lora_B.weight") > 0:
		return fail("%s: the adapter changes the base's classifier with the class order %q, expected the order of the others, %q: open it alone, or set Labels to its order", dir, named, c.labels)
	case rows == 0: // the rows are the base's, in the order of the labels
		return nil, nil
	}
	return order, nil
}

// classifierKey is the name of the classifier's weight in an adapter's file.
const classifierKey = "base_model.model.classifier.weight"

// allHaveClassifiers reports whether each adapter has its own classifier, so that the base's is
// not needed.
func allHaveClassifiers(adapters map[string]string) bool {
	for _, dir := range adapters {
		if rowsOf(filepath.Join(dir, lora.TensorsFile), classifierKey) == 0 {
			return false
		}
	}
	return true
}

// checkBase refuses a prediction of the base if its classes differ.
func (c *adapterClasses) checkBase(names []string) error {
	if c.untrained != nil && slices.Contains(names, adapters.Base) {
		return fmt.Errorf("the model without an adapter cannot answer: %w", c.untrained)
	}
	if c.other && slices.Contains(names, adapters.Base) {
		return fmt.Errorf("the model without an adapter has the classes %q, and the adapters %q: if both lists mean the same classes in this order, name them in Labels", c.base, c.labels)
	}
	return nil
}

// answer puts an adapter's answer into the order of the labels.
func (c *adapterClasses) answer(adapter string, a Answer) Answer {
	order := c.orders[adapter]
	if adapter == adapters.Base || slices.IsSorted(order) {
		return a
	}
	ordered := make([]float64, len(order))
	for i, row := range order {
		ordered[i] = a.Probabilities[row]
	}
	best := metrics.Argmax(ordered)
	a.Label, a.Probability, a.Probabilities = c.labels[best], ordered[best], ordered
	return a
}
