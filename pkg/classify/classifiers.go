package classify

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Classifiers serves several adapters on one model in memory. Each text names its adapter; one
// call may contain texts for different adapters. Each adapter has its own head; all have the
// same labels.
//
// It is safe for concurrent use: calls run one after the other, since the engine uses the whole
// machine for each.
type Classifiers struct {
	turn      turn
	model     *bert.Model
	adapters  *adapters.Set
	classes   *adapterClasses
	encodings *adapterEncodings
	predictor *Predictor // nil once closed
}

// ClassifiersOptions of OpenClassifiers.
type ClassifiersOptions struct {
	Options
	Spare int           // places for adapters that are added later; default none
	Like  []lora.Config // for adapters with other targets or higher ranks than the existing ones
}

// ErrClosed is returned by calls of [Classifiers] after Close.
var ErrClosed = errors.New("the classifiers are closed")

// OpenClassifiers opens a model by folder or hub name with adapters of this module or of PEFT,
// by name and folder (adapters.Dirs finds the adapters in a folder). An empty model, and an
// empty revision, are those that the adapters name, which must be the same for all.
//
// All adapters have the same class names, in any order: those of options.Labels, otherwise of
// the first folder by name, otherwise of the model's config.json. An adapter with other class
// names is refused, and so is a base with a trained classifier and other class names. If
// options.Labels is set, it replaces their class names in order. Other errors are those of
// bert.Open and adapters.Open.
func OpenClassifiers(ctx context.Context, model string, dirs map[string]string, options ClassifiersOptions) (*Classifiers, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	if options.Task != "" && options.Task != data.SingleLabel || options.Threshold != 0 {
		return nil, fmt.Errorf("options: Task is %q and Threshold %v, expected none: several adapters on one model serve only one class per text; use Open", options.Task, options.Threshold)
	}
	base, err := basesOf(model, options.Revision, dirs)
	if err != nil {
		return nil, err
	}
	classes, m, err := openClasses(ctx, base, dirs, options.Labels)
	if err != nil {
		return nil, err
	}
	encodings, err := readEncodings(dirs, options.Options)
	if err != nil {
		return nil, err
	}
	a, err := adapters.Open(dirs, m.Store, m.DenseModules(), options.Spare, options.Like...)
	if err != nil {
		return nil, err
	}
	backend, err := options.backend(m)
	if err != nil {
		return nil, err
	}
	c := &Classifiers{turn: newTurn(), model: m, adapters: a, classes: classes, encodings: encodings}
	reads := options.encoding(encodings.common, m)
	c.predictor, err = NewPredictorOf(backend, m, options.MaxLength, Logits{Extra: []string{slotsTensor}, Build: c.logits})
	if err != nil {
		return nil, err
	}
	c.predictor.SetEncoding(reads)
	return c, nil
}

// slotsTensor contains the slot of each row's adapter: int32 [rows].
const slotsTensor = "slots"

// logits builds the graph, in which each row uses the adapter of its slot.
func (c *Classifiers) logits(root *model.Scope, in batching.Nodes) *graph.Node {
	encoder := c.model.Encoder()
	encoder.Dense = c.adapters.WrapRows(bert.Linear, in.Extra[slotsTensor])
	return encoder.Logits(root, encoding.Inputs(in))
}

// Classify returns an answer for every text, in their order, of the adapter at the same index of
// adapters ([adapters.Base]: the model without an adapter). Texts are cleaned with data.Clean,
// like the training examples. An unknown name is a *[adapters.NameError]; if ctx ends first, its
// error is returned. The base without an adapter is an error if its config.json names other
// classes than the adapters and options.Labels was empty. A text for an adapter that was trained
// on pairs of texts is a *[PairsError].
func (c *Classifiers) Classify(ctx context.Context, texts, adapters []string) ([]Answer, error) {
	return c.classifyAll(ctx, examplesOf(texts), adapters, c.encodings.check)
}

// ClassifyExamples is Classify for examples, of which it reads Text and TextPair. Examples with a
// second text, and those for an adapter that was trained on pairs, are read as pairs.
func (c *Classifiers) ClassifyExamples(ctx context.Context, examples []data.Example, adapters []string) ([]Answer, error) {
	return c.classifyAll(ctx, examples, adapters, func([]string) error { return nil })
}

// classifyAll classifies examples with the adapters, which check accepts.
func (c *Classifiers) classifyAll(ctx context.Context, examples []data.Example, adapters []string, check func(adapters []string) error) (answers []Answer, err error) {
	if len(examples) != len(adapters) {
		return nil, fmt.Errorf("%d texts and %d names of adapters: expected a name for each text", len(examples), len(adapters))
	}
	err = c.alone(ctx, func() error {
		slots, err := c.adapters.Rows(adapters)
		if err != nil {
			return err
		}
		if err := errors.Join(c.classes.checkBase(adapters), check(adapters)); err != nil {
			return err
		}
		answers = make([]Answer, len(examples))
		var single, pairs []int // indices of the examples
		for i, e := range examples {
			if e.TextPair != "" || c.encodings.pairs[adapters[i]] {
				pairs = append(pairs, i)
			} else {
				single = append(single, i)
			}
		}
		return errors.Join(c.classify(ctx, examples, adapters, slots, single, false, answers), c.classify(ctx, examples, adapters, slots, pairs, true, answers))
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// classify sets the answers of the examples with the given indices, which are all pairs or all
// single texts.
func (c *Classifiers) classify(ctx context.Context, examples []data.Example, adapters []string, slots []int32, chosen []int, pairs bool, answers []Answer) error {
	part := make([]data.Example, len(chosen))
	for i, example := range chosen {
		part[i] = examples[example]
	}
	found, err := c.predictor.classify(ctx, part, pairs, func(rows *encoding.Rows) feed.More {
		return func(batch batching.Batch) map[string]*tensors.Tensor {
			of := make([]int32, batch.Rows) // padding rows use the base
			for i, row := range batch.Index {
				of[i] = slots[chosen[rows.Example(row)]]
			}
			return map[string]*tensors.Tensor{slotsTensor: tensors.FromFlatDataAndDimensions(of, batch.Rows)}
		}
	})
	for i, answer := range found {
		answers[chosen[i]] = c.classes.answer(adapters[chosen[i]], answer)
	}
	return err
}

// Open adds the adapter in a folder, also while other adapters are in use. Its classes must be
// those of [OpenClassifiers]. Other errors are those of [adapters.Set.Open]. An error leaves
// everything unchanged.
func (c *Classifiers) Open(ctx context.Context, name, dir string) error {
	return c.alone(ctx, func() error {
		order, err := c.classes.order(name, dir)
		if err != nil {
			return err
		}
		before := *c.encodings
		before.pairs = maps.Clone(before.pairs)
		if err := c.encodings.add(name, dir); err != nil {
			return err
		}
		if err := c.adapters.Open(name, dir); err != nil {
			*c.encodings = before
			return err
		}
		c.classes.orders[name] = order
		return nil
	})
}

// Delete removes an adapter and frees its slot. An unknown name is a *[adapters.NameError].
func (c *Classifiers) Delete(ctx context.Context, name string) error {
	return c.alone(ctx, func() error {
		if err := c.adapters.Delete(name); err != nil {
			return err
		}
		delete(c.encodings.pairs, name)
		return nil
	})
}

// Names returns the adapters' names, sorted.
func (c *Classifiers) Names(ctx context.Context) (names []string, err error) {
	err = c.alone(ctx, func() error { names = c.adapters.Names(); return nil })
	return names, err
}

// alone waits for its turn, or for ctx to end.
func (c *Classifiers) alone(ctx context.Context, do func() error) error {
	return c.turn.take(ctx, func() error {
		if c.predictor == nil {
			return ErrClosed
		}
		return do()
	})
}

// Close frees the compiled programs after the end of the running call.
func (c *Classifiers) Close() {
	_ = c.alone(context.Background(), func() error { // a second Close has no effect
		c.predictor.Close()
		c.predictor = nil
		return nil
	})
}

// Model returns the shared model, without an adapter.
func (c *Classifiers) Model() *bert.Model { return c.model }
