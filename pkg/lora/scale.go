package lora

import "math"

// SetScale makes the adapter act scale times as strongly as its configuration says: the
// scaling s of each target becomes scale·Alpha/R, or scale·Alpha/√R for RSLoRA. 1 is as
// trained, 0 the model without its matrices, what lies between interpolates the weights
// (https://arxiv.org/abs/2109.01903); it replaces a factor that was set before. Modules to
// save and biases of the model itself stay as they are. It is what PEFT's set_scale and
// rescale_adapter_scale do.
//
// It holds for graphs that are built afterwards and for Merge; a graph that is built
// already keeps the factor that it was built with. It is not saved.
//
// Errors: [ErrNotInjected], [ErrMerged], and a *[ConfigError] for a factor that is not
// finite, or an adapter of SHiRA's.
func (a *Adapter) SetScale(scale float64) error {
	switch {
	case a.store == nil:
		return ErrNotInjected
	case a.merged != nil:
		return ErrMerged
	case math.IsNaN(scale) || math.IsInf(scale, 0):
		return &ConfigError{Field: "scale", Value: scale, Reason: "must be a finite number: 1 is as trained"}
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
