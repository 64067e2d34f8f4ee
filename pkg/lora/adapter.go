package lora

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

// Adapter is a low-rank adapter. [Adapter.Inject] or [Open] puts it on a model. It is not safe
// for concurrent use.
type Adapter struct {
	config  Config
	matcher *match.Matcher
	others  map[string]json.RawMessage // fields of the file that a Config does not have, kept for Save
	labels  []string                   // names of the classes, nil where they are not known
	problem string                     // problem_type of the classifier; "" means one class per text, or unknown

	warnings []string

	store   *model.Store // nil until injected
	layout  *Layout
	targets map[string]Target // by scope
	initial map[string]parts  // the initial A and B, by scope; nil for an adapter from a file
	sparse  map[string]sparse // by scope
	merged  *merged           // nil unless merged
}

// New checks the configuration and makes an adapter that is on no model yet. Each setting out
// of range gives a *[ConfigError]; several are joined to one error.
func New(c Config) (*Adapter, error) { return newAdapter(c, false) }

// newAdapter is New. lenient allows settings of files with which nothing would be learned.
func newAdapter(c Config, lenient bool) (*Adapter, error) {
	c = c.withDefaults()
	if err := c.validate(lenient); err != nil {
		return nil, err
	}
	m, err := c.matcher()
	if err != nil {
		return nil, err
	}
	return &Adapter{config: c, matcher: m}, nil
}

// Config is the adapter's configuration, with the defaults filled in.
func (a *Adapter) Config() Config { return a.config.withDefaults() }

// Inject puts the adapter on the model whose variables the store holds. modules are the
// absolute paths of the scopes of the model's dense projections
// ("bert/encoder/layer/0/attention/self/query"), each with a variable "weight" [out, in].
// embeddings are those of its embeddings ("bert/embeddings/word_embeddings"), with a weight
// [in, out]. The configuration chooses among them; [AllLinear] chooses projections alone.
//
// In the scope of each chosen module it creates, in float32:
//   - lora_A/weight [r, in] and lora_B/weight [out, r], or lora_embedding_A and
//     lora_embedding_B for an embedding, whose values depend on Init, the seed, the module's
//     name and its weight alone;
//   - with LoRABias, lora_B/bias [out], zero;
//   - with DoRA, lora_magnitude_vector [out], the norm of the weights of each output;
//   - with SHiRA, instead, shira_weight [entries], zero, and shira_indices int32 [2, entries],
//     their rows and columns, drawn by seed and name.
//
// It freezes every other variable of the store. Those of the modules to save, and the biases
// that Bias names, become trainable. With [InitPiSSA] and [InitOLoRA] the weight becomes
// W - s·B·A, rounded to its type, so that the fresh model computes what it did.
//
// Errors: [ErrInjected]; a *[TargetError] for names that match no module; a *[ConfigError] for
// a rank larger than the width of a module, and for an embedding with LoRABias or with an
// initialization for projections alone; an *[initialization.Error] for a weight of which no
// matrices can be made; [ErrNoActivations] for [InitEVA]. The store is then as it was.
func (a *Adapter) Inject(store *model.Store, modules []string, seed int64, embeddings ...string) error {
	switch {
	case a.store != nil:
		return ErrInjected
	case a.config.initialization().FromInputs:
		return ErrNoActivations
	}
	if err := a.completePrefix(store, modules); err != nil {
		return err
	}
	l, err := newLayout(a.config, a.matcher, store, modules, embeddings, false)
	if err != nil {
		return err
	}
	initial, err := a.initialize(store, l, seed)
	if err != nil {
		return err
	}
	return a.attachInitial(store, l, func(s sparse) entries { return s.fresh(seed) }, initial)
}

// parts are the values of a target's matrices and vectors.
type parts struct {
	A, B, bias, magnitude []float32
	weight                *tensors.Tensor // the module's new weight; nil where it stays
}

// attach creates the variables of the adapter, with values given by the scopes of the modules,
// and freezes the others.
func (a *Adapter) attach(store *model.Store, l *Layout, places func(sparse) entries, given map[string]parts) error {
	err := exceptions.TryCatch[error](func() {
		for v := range store.IterVariables() {
			v.SetTrainable(false)
		}
		for _, s := range slices.Concat(l.Saved, l.Biases) {
			s.Variable.SetTrainable(true)
		}
		for _, t := range l.Targets {
			p := given[t.Scope]
			store.VariableWithValue(t.PathA(), tensors.FromFlatDataAndDimensions(p.A, t.R, t.In)).SetTrainable(true)
			store.VariableWithValue(t.PathB(), tensors.FromFlatDataAndDimensions(p.B, t.Out, t.R)).SetTrainable(true)
			if t.Bias {
				store.VariableWithValue(t.PathBias(), tensors.FromFlatDataAndDimensions(p.bias, t.Out)).SetTrainable(true)
			}
			if t.DoRA {
				store.VariableWithValue(t.PathMagnitude(), tensors.FromFlatDataAndDimensions(p.magnitude, t.Out)).SetTrainable(true)
			}
		}
		for _, s := range l.sparse {
			s.create(store, places(s))
		}
	})
	if err != nil {
		return err
	}
	for _, t := range l.Targets {
		if weight := given[t.Scope].weight; weight != nil {
			if err := store.GetVariable(t.PathWeight()).SetValue(weight); err != nil {
				return fmt.Errorf("lora: set %s: %w", t.PathWeight(), err)
			}
		}
	}
	a.store, a.layout = store, l
	a.targets = make(map[string]Target, len(l.Targets))
	for _, t := range l.Targets {
		a.targets[t.Scope] = t
	}
	a.sparse = make(map[string]sparse, len(l.sparse))
	for _, s := range l.sparse {
		a.sparse[s.Scope] = s
	}
	return nil
}

// Warnings are about settings without effect in the file from which the adapter was opened,
// one sentence each.
func (a *Adapter) Warnings() []string { return slices.Clone(a.warnings) }

// Targets are the dotted names of the adapted modules, in the order of the modules that Inject
// got; none before.
func (a *Adapter) Targets() []string {
	if a.layout == nil {
		return nil
	}
	var names []string
	for _, t := range a.layout.adapted() {
		names = append(names, t.Name)
	}
	return names
}

// Matrices are the values of a target's A [r, in] and B [out, r], row by row.
type Matrices struct{ A, B []float32 }

// Derive makes an adapter of another configuration that is on no model yet. It keeps the
// fields of the file from which a was opened that a [Config] does not have, and which
// [Adapter.Save] writes for PEFT.
//
// Like a file, the configuration may have an alpha of zero or below. Each setting out of range
// gives a *[ConfigError].
func (a *Adapter) Derive(c Config) (*Adapter, error) {
	derived, err := newAdapter(c, true)
	if err != nil {
		return nil, err
	}
	derived.others = a.others
	return derived, nil
}

// InjectValues puts the adapter on the model as [Adapter.Inject] does, with given matrices,
// by the scopes of the targets, and given values of the modules to save and of the biases
// that learn, by the paths of their variables. Others keep the values of the model. The adapter
// must have matrices alone: PeftType LoRA without DoRA and LoRABias.
//
// Errors are those of [Config.Layout]; [ErrInjected]; a *[ConfigError] for another kind of
// adapter, and for matrices that are missing or of another size. The store is then as it
// was.
func (a *Adapter) InjectValues(store *model.Store, modules []string, matrices map[string]Matrices, saved map[string][]float32) error {
	switch {
	case a.store != nil:
		return ErrInjected
	case a.config.sparse():
		return &ConfigError{Field: "peft_type", Value: SHiRA, Reason: "expected " + LoRA + ": SHiRA has no matrices"}
	case a.config.DoRA:
		return &ConfigError{Field: "use_dora", Value: true, Reason: "expected false: only matrices are given"}
	case a.config.LoRABias:
		return &ConfigError{Field: "lora_bias", Value: true, Reason: "expected false: only matrices are given"}
	}
	l, err := newLayout(a.config, a.matcher, store, modules, nil, true)
	if err != nil {
		return err
	}
	given := make(map[string]parts, len(l.Targets))
	for _, t := range l.Targets {
		m, ok := matrices[t.Scope]
		if !ok || len(m.A) != t.R*t.In || len(m.B) != t.Out*t.R {
			return &ConfigError{Field: "r", Value: t.R, Reason: "expected matrices of " + t.Name + " with that rank"}
		}
		given[t.Scope] = parts{A: m.A, B: m.B}
	}
	values := map[string][]float32{}
	for _, s := range slices.Concat(l.Saved, l.Biases) {
		value, ok := saved[s.Variable.Path()]
		if !ok {
			continue
		}
		if len(value) != s.Variable.Shape().Size() {
			return &ConfigError{Field: "modules_to_save", Value: s.Module, Reason: "expected as many values as " + s.Name + " has"}
		}
		values[s.key] = value
	}
	if err := a.attach(store, l, nil, given); err != nil {
		return err
	}
	return a.setSaved(values)
}

// SetScale multiplies the scaling s of each target: it becomes scale·Alpha/R, or
// scale·Alpha/√R for RSLoRA, whatever scale was set before. 1 is as trained, 0 the model without
// its matrices; a scale between interpolates the weights (https://arxiv.org/abs/2109.01903).
// Modules to save and biases of the model stay as they are. PEFT's set_scale and
// rescale_adapter_scale do the same.
//
// It applies to graphs that are built afterwards and to Merge. A graph that was built before
// keeps its scale. It is not saved.
//
// Errors: [ErrNotInjected], [ErrMerged], and a *[ConfigError] for a scale that is not finite,
// or for SHiRA.
func (a *Adapter) SetScale(scale float64) error {
	switch {
	case a.store == nil:
		return ErrNotInjected
	case a.merged != nil:
		return ErrMerged
	case math.IsNaN(scale) || math.IsInf(scale, 0):
		return &ConfigError{Field: "scale", Value: scale, Reason: "expected a finite number: 1 is as trained"}
	}
	if len(a.layout.sparse) > 0 {
		return &ConfigError{Field: "scale", Value: scale, Reason: "SHiRA's entries have no scaling, as in PEFT"}
	}
	for i := range a.layout.Targets {
		t := &a.layout.Targets[i]
		t.Scaling = scale * a.config.scaling(t.R, t.alpha)
		a.targets[t.Scope] = *t
	}
	return nil
}
