package classify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Classifiers serves several adapters on one model in memory. Each text names its adapter; one
// call, and one batch of the model, may contain texts for different adapters. Each adapter has its
// own head, of any number of classes, and its own task: one class per text (data.SingleLabel),
// several (data.MultiLabel) or a number (data.Regression).
//
// It is safe for concurrent use: calls run one after the other, since the engine uses the whole
// machine for each.
type Classifiers struct {
	turn      turn
	model     *bert.Model
	adapters  *adapters.Set
	heads     *servedHeads
	encodings *adapterEncodings
	predictor *Predictor // nil once closed
}

// ClassifiersOptions of OpenClassifiers.
type ClassifiersOptions struct {
	// Options apply to all adapters. Labels names the classes of all adapters except those for
	// data.Regression. Threshold applies to the adapters for data.MultiLabel. Calibrated uses the
	// numbers of each adapter's folder; an adapter for data.Regression has none.
	Options
	// Adapters are the options of single adapters by name, also of those that are added later.
	Adapters map[string]AdapterOptions
	// OwnLabels lets adapters of the same task have different classes, also different numbers of
	// them. Default false: all adapters of a task have the same class names, so that the
	// probabilities of their answers have the same order.
	OwnLabels bool
	Spare     int           // places for adapters that are added later; default none
	Like      []lora.Config // for adapters with other targets or higher ranks than the existing ones
	// MaxClasses is the largest number of classes of the adapters that are added later. Default:
	// that of the existing ones.
	MaxClasses int
}

// AdapterOptions of one adapter in [ClassifiersOptions] and of [Service.Load]. Threshold and
// Calibrated are as in [Options] and replace those for all adapters; set one of the two.
type AdapterOptions struct {
	Labels     []string  // as Options.Labels; default those for all adapters
	Task       data.Task // as Options.Task; default that for all adapters
	Threshold  float64
	Calibrated bool
}

// validate refuses impossible options.
func (o AdapterOptions) validate() error {
	common := Options{Threshold: o.Threshold, Calibrated: o.Calibrated, Task: o.Task}
	return common.complete()
}

// ErrClosed is returned by calls of [Classifier], [Classifiers] and [Service] after Close.
var ErrClosed = errors.New("closed: Close was called before")

// complete sets the defaults that do not depend on the model, for adapters in the folders.
func (o *ClassifiersOptions) complete(dirs map[string]string) error {
	if err := o.Options.complete(); err != nil {
		return err
	}
	if o.MaxClasses < 0 {
		return fmt.Errorf("options: MaxClasses is %d, expected at least 0", o.MaxClasses)
	}
	tasks, later := map[string]data.Task{"": o.Task}, 0
	for name, own := range o.Adapters {
		if err := own.validate(); err != nil {
			return fmt.Errorf("adapter %q: %w", name, err)
		}
		tasks[name] = own.Task
		if _, ok := dirs[name]; ok {
			continue
		}
		if later++; later > o.Spare {
			return fmt.Errorf("options: Adapters contains %q, which is none of the adapters, %q, and Spare has no place for it", name, slices.Sorted(maps.Keys(dirs)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		if tasks[name] == data.TokenClassification {
			return fmt.Errorf("options: Task is %q: several adapters on one model serve only classifiers of texts; use Open", tasks[name])
		}
	}
	return nil
}

// OpenClassifiers opens a model by folder or hub name with adapters of this module or of PEFT,
// by name and folder (adapters.Dirs finds the adapters in a folder); as for [Service.Load], the folder
// may be a run folder or the name of an adapter on the hub. An empty model, and an empty revision, are
// those that the adapters name, which must be the same for all.
//
// The task of an adapter is that of its folder, otherwise that of the model's config.json or of the
// options, as for [Open]. data.TokenClassification is refused.
//
// All adapters of a task have the same class names, in any order: those of options.Labels,
// otherwise of the first folder by name, otherwise of the model's config.json. An adapter with
// other class names is refused, unless options.OwnLabels is set, and so is a prediction of a base
// with a trained classifier and other class names. If options.Labels is set, it replaces their class
// names in order. Other errors are those of bert.Open and adapters.Open.
func OpenClassifiers(ctx context.Context, model string, dirs map[string]string, options ClassifiersOptions) (*Classifiers, error) {
	if err := options.complete(dirs); err != nil {
		return nil, err
	}
	dirs, err := adapterDirs(ctx, dirs)
	if err != nil {
		return nil, err
	}
	base, err := basesOf(model, options.Revision, dirs)
	if err != nil {
		return nil, err
	}
	heads, m, err := openHeads(ctx, base, dirs, options)
	if err != nil {
		return nil, err
	}
	encodings, err := readEncodings(dirs, options.Options)
	if err != nil {
		return nil, err
	}
	a, err := adapters.OpenOutputs(dirs, m.Store, m.DenseModules(), options.Spare, map[string]int{bert.ClassifierModule: heads.outputs()}, options.Like...)
	if err != nil {
		return nil, err
	}
	backend, err := options.backend(m)
	if err != nil {
		return nil, err
	}
	c := &Classifiers{turn: newTurn(), model: m, adapters: a, heads: heads, encodings: encodings}
	reads := options.encoding(encodings.common, m)
	c.predictor, err = NewPredictorOf(backend, m, options.MaxLength, Logits{Extra: []string{slotsTensor}, Build: c.logits})
	if err != nil {
		return nil, err
	}
	c.predictor.SetEncoding(reads)
	if n := a.Outputs(bert.ClassifierModule); n > 0 {
		c.predictor.width = n
	}
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

// Open adds the adapter in a folder, as of [OpenClassifiers], also while other adapters are in use. Its
// classes must be those of OpenClassifiers. An adapter with more classes than ClassifiersOptions.MaxClasses is an
// *[adapters.CapacityError]. Other errors are those of [adapters.Set.Open]. An error leaves
// everything unchanged.
func (c *Classifiers) Open(ctx context.Context, name, dir string) error {
	if c.turn == nil {
		return errNotOpened
	}
	src, err := findAdapter(ctx, name, dir)
	if err != nil {
		return err
	}
	dir = src.dir
	return c.alone(ctx, func() error {
		found, err := c.heads.read(name, dir)
		if err != nil {
			return err
		}
		served, err := c.heads.head(name, dir, found)
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
		c.heads.join(name, found)
		c.heads.heads[name] = served
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
		delete(c.heads.heads, name)
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

// Task returns the task of an adapter ([adapters.Base]: of the model without an adapter) and its
// classes, in the order of the probabilities of its answers. An unknown name is a
// *[adapters.NameError].
func (c *Classifiers) Task(ctx context.Context, name string) (task data.Task, labels []string, err error) {
	err = c.alone(ctx, func() error {
		if _, err := c.adapters.Rows([]string{name}); err != nil {
			return err
		}
		h := c.heads.heads[name]
		task, labels = h.task, slices.Clone(h.labels)
		return nil
	})
	return task, labels, err
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
