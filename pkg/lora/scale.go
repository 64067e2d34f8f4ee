package lora

import "math"

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
