package lora

import (
	"errors"
	"math"
	"regexp"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/floats"
)

// savedConfig is the configuration that a saved adapter has: plain LoRA on the model as it was
// without the adapter, with PEFT's settings alone.
func (a *Adapter) savedConfig() Config {
	c := a.Config()
	targets := a.layout.Targets
	eva := c.initialization().FromInputs
	if c.allLinear() || eva { // PEFT writes the names of the modules
		c.TargetModules, c.TargetRegexp = a.Targets(), ""
	}
	if eva { // whole names count in every layer
		c.LayersToTransform, c.LayersPattern = nil, nil
	}
	if c.sparse() {
		c.R, c.Fraction = a.layout.sparseRank(c), 0
		return c
	}
	if c.Fraction > 0 || eva {
		if c.Fraction > 0 { // PEFT has ranks only
			c.R, c.Fraction = targets[0].R, 0
		}
		c.RankPattern = nil
		for _, t := range targets {
			if t.R != c.R {
				c.RankPattern = append(c.RankPattern, Pattern[int]{regexp.QuoteMeta(t.Name), t.R})
			}
		}
	}
	if eva {
		c.AlphaPattern = nil
		for _, t := range targets {
			if t.alpha != c.Alpha {
				c.AlphaPattern = append(c.AlphaPattern, Pattern[float64]{regexp.QuoteMeta(t.Name), t.alpha})
			}
		}
	}
	if c.initialization().MovesWeight() { // twice the rank, the same scaling
		factor := 2.0
		if c.RSLoRA {
			factor = math.Sqrt2
		}
		c.R, c.Alpha = 2*c.R, factor*c.Alpha
		for i := range c.RankPattern {
			c.RankPattern[i].Value *= 2
		}
		for i := range c.AlphaPattern {
			c.AlphaPattern[i].Value *= factor
		}
	}
	return c
}

// savedMatrices are A and B of a target as a saved adapter has them.
func (a *Adapter) savedMatrices(t Target) (A, B *tensors.Tensor, err error) {
	A, errA := a.value(a.store.GetVariable(t.PathA()))
	B, errB := a.value(a.store.GetVariable(t.PathB()))
	if err := errors.Join(errA, errB); err != nil || a.rankFactor() == 1 {
		return A, B, err
	}
	valuesA, errA := floats.FromTensor(A)
	valuesB, errB := floats.FromTensor(B)
	if err := errors.Join(errA, errB); err != nil {
		return nil, nil, err
	}
	valuesA, valuesB = t.doubled(valuesA, valuesB, a.initial[t.Scope])
	return tensors.FromFlatDataAndDimensions(valuesA, 2*t.R, t.In), tensors.FromFlatDataAndDimensions(valuesB, t.Out, 2*t.R), nil
}

// rankFactor is by how much the rank of the matrices in a saved adapter is larger than the
// target's.
func (a *Adapter) rankFactor() int {
	if a.config.initialization().MovesWeight() {
		return 2
	}
	return 1
}

// residual is W - s·B·A, what is left of a weight of which a part moved into A and B.
func (t Target) residual(W, A, B []float32) []float32 {
	t.Scaling = -t.Scaling
	left := make([]float32, len(W))
	for i, v := range t.Whole(W, A, B) {
		left[i] = float32(v)
	}
	return left
}

// doubled joins the trained matrices with the initial ones: [A; A₀] and [B, -B₀], whose
// product B·A - B₀·A₀ is what was learned, relative to the weight before a part of it moved.
func (t Target) doubled(A, B []float32, initial parts) (A2, B2 []float32) {
	A2 = slices.Concat(A, initial.A)
	for o := range t.Out {
		B2 = append(B2, B[o*t.R:(o+1)*t.R]...)
		for _, b := range initial.B[o*t.R : (o+1)*t.R] {
			B2 = append(B2, -b)
		}
	}
	return A2, B2
}

// halved undoes doubled; false where the file's adapter had other initial matrices.
func (t Target) halved(A2, B2 []float32, initial parts) (A, B []float32, ok bool) {
	A = A2[:t.R*t.In]
	for o := range t.Out {
		B = append(B, B2[2*o*t.R:(2*o+1)*t.R]...)
	}
	again, minus := t.doubled(A, B, initial)
	return A, B, slices.Equal(again, A2) && slices.Equal(minus, B2)
}
