package lora

import (
	"encoding/json"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Adapter is a low-rank adapter, on a model from Inject on. It is not safe for
// use by several goroutines at once.
type Adapter struct {
	config  Config
	matcher *matcher
	foreign map[string]json.RawMessage // fields of the file it came from, kept for Save

	store   *model.Store // nil until injected
	layout  *layout
	targets map[string]target // by scope
	sparse  map[string]sparse // by scope
	merged  *merged           // nil unless merged
}

// New checks the configuration and makes an adapter that is on no model yet. A
// setting out of range gives a *[ConfigError].
func New(c Config) (*Adapter, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	m, err := newMatcher(c)
	if err != nil {
		return nil, err
	}
	return &Adapter{config: c, matcher: m}, nil
}

// Config is the adapter's configuration, its defaults filled in.
func (a *Adapter) Config() Config { return a.config.withDefaults() }

// Inject puts the adapter on the model whose variables the store holds. modules
// are the absolute paths of the scopes of the model's dense projections
// ("bert/encoder/layer/0/attention/self/query"), each with a variable "weight"
// [out, in], embeddings those of the modules that it looks up
// ("bert/embeddings/word_embeddings"), with a weight [in, out]; the configuration chooses
// among them, and [AllLinear] among the projections alone.
//
// Under the scope of each chosen module it creates lora_A/weight [r, in] and
// lora_B/weight [out, r], or for an embedding lora_embedding_A and lora_embedding_B, all
// float32, as Init says, which depend on the seed and the
// module's name alone, and with LoRABias lora_B/bias [out], zero,
// and with DoRA lora_magnitude_vector [out], the norms of what each output has of the
// weight. With SHiRA it is shira_weight [entries], zero, and shira_indices int32 [2,
// entries], their rows and columns, drawn by seed and name. It freezes every other
// variable of the store but those of the modules to save, and the biases that Bias
// names, which become trainable.
//
// A name that matches no module gives a *[TargetError], a rank beyond the width
// of a module, or an embedding with LoRABias, a *[ConfigError]; the store is then as it was.
func (a *Adapter) Inject(store *model.Store, modules []string, seed int64, embeddings ...string) error {
	if a.store != nil {
		return ErrInjected
	}
	l, err := newLayout(a.config, a.matcher, store, modules, embeddings, false)
	if err != nil {
		return err
	}
	places := func(s sparse) entries { return s.fresh(seed) }
	return a.attach(store, l, places, func(t target) (p parts, err error) {
		p.A, p.B = start(a.config.Init, seed, t)
		p.bias = make([]float32, t.out)
		if t.dora {
			p.magnitude, err = t.magnitude(store, p.A, p.B)
		}
		return p, err
	})
}

// parts are the values of a target's matrices and vectors.
type parts struct{ A, B, bias, magnitude []float32 }

// attach creates the matrices or entries by their values and freezes what is to be frozen.
func (a *Adapter) attach(store *model.Store, l *layout, places func(sparse) entries, values func(target) (parts, error)) error {
	given := make([]parts, len(l.targets))
	for i, t := range l.targets {
		var err error
		if given[i], err = values(t); err != nil {
			return err
		}
	}
	err := exceptions.TryCatch[error](func() {
		for v := range store.IterVariables() {
			v.SetTrainable(false)
		}
		for _, s := range slices.Concat(l.saved, l.biases) {
			s.variable.SetTrainable(true)
		}
		for i, t := range l.targets {
			p := given[i]
			store.VariableWithValue(t.pathA(), tensors.FromFlatDataAndDimensions(p.A, t.r, t.in)).SetTrainable(true)
			store.VariableWithValue(t.pathB(), tensors.FromFlatDataAndDimensions(p.B, t.out, t.r)).SetTrainable(true)
			if t.bias {
				store.VariableWithValue(t.pathBias(), tensors.FromFlatDataAndDimensions(p.bias, t.out)).SetTrainable(true)
			}
			if t.dora {
				store.VariableWithValue(t.pathMagnitude(), tensors.FromFlatDataAndDimensions(p.magnitude, t.out)).SetTrainable(true)
			}
		}
		for _, s := range l.sparse {
			s.create(store, places(s))
		}
	})
	if err != nil {
		return err
	}
	a.store, a.layout = store, l
	a.targets = make(map[string]target, len(l.targets))
	for _, t := range l.targets {
		a.targets[t.scope] = t
	}
	a.sparse = make(map[string]sparse, len(l.sparse))
	for _, s := range l.sparse {
		a.sparse[s.scope] = s
	}
	return nil
}

// Targets are the dotted names of the adapted modules, in the order of the
// modules that Inject was given; none before.
func (a *Adapter) Targets() []string {
	if a.layout == nil {
		return nil
	}
	var names []string
	for _, t := range a.layout.adapted() {
		names = append(names, t.name)
	}
	return names
}

// shapeA and shapeB are the shapes of a target's matrices.
func (a *Adapter) shapeA(t target) shapes.Shape {
	return shapes.Make(dtypes.Float32, t.r, t.in)
}
func (a *Adapter) shapeB(t target) shapes.Shape {
	return shapes.Make(dtypes.Float32, t.out, t.r)
}
