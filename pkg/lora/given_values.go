package lora

import (
	"slices"

	"github.com/gomlx/gomlx/ml/model"
)

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
