package lora

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
)

// merged is what Unmerge needs to put a model back as it was.
type merged struct {
	seed maphash.Seed
	kept []kept
}

// kept is a variable whose value Merge replaced.
type kept struct {
	variable *model.Variable
	before   *tensors.Tensor // nothing else refers to it while merged
	after    uint64          // hash of the value that replaced it
}

// Merge adds the adapter to the weights: W ← W + s·B·A, each row brought to its length
// where DoRA learned one, or W + S of SHiRA, rounded once, to W's own type. The model
// then computes the same with or without the adapter's Wrap, since
// B, or S, is zero while it is merged. Whatever else uses an adapted weight gets the merged one,
// as the head of BERT's masked words does that of word_embeddings. Whoever saves the model now saves one that needs no
// adapter; Save still writes the adapter. To train on, Unmerge first.
//
// It changes nothing and gives an error when the adapter is on no model
// ([ErrNotInjected]) or merged already ([ErrMerged]), or when a merged weight
// would not be finite.
func (a *Adapter) Merge() error {
	switch {
	case a.store == nil:
		return ErrNotInjected
	case a.merged != nil:
		return ErrMerged
	}
	type change struct {
		variable *model.Variable
		value    *tensors.Tensor
	}
	var changes []change
	for _, t := range a.layout.Targets {
		W, B := a.store.GetVariable(t.Scope+"/weight"), a.store.GetVariable(t.PathB())
		value, err := a.mergedWeight(t)
		if err != nil {
			return err
		}
		changes = append(changes, change{W, value}, change{B, tensors.FromShape(B.Shape())})
		if t.DoRA { // of what is merged, so that Wrap adds nothing to it
			W, err := floats.FromTensor(value)
			if err != nil {
				return err
			}
			m := make([]float32, t.Out)
			for o, norm := range t.Norms(t.Whole(W, make([]float32, t.R*t.In), make([]float32, t.Out*t.R))) {
				m[o] = float32(norm)
			}
			changes = append(changes, change{a.store.GetVariable(t.PathMagnitude()), tensors.FromFlatDataAndDimensions(m, t.Out)})
		}
		if t.Bias {
			base, bias := a.store.GetVariable(t.pathModuleBias()), a.store.GetVariable(t.PathBias())
			if value, err = a.mergedBias(t, base, bias); err != nil {
				return err
			}
			changes = append(changes, change{base, value}, change{bias, tensors.FromShape(bias.Shape())})
		}
	}
	for _, s := range a.layout.sparse {
		value, err := a.mergedSparse(s)
		if err != nil {
			return err
		}
		values := a.store.GetVariable(s.pathValues())
		changes = append(changes, change{a.store.GetVariable(s.Scope + "/weight"), value}, change{values, tensors.FromShape(values.Shape())})
	}
	m := &merged{seed: maphash.MakeSeed()}
	for _, c := range changes {
		before, err := c.variable.Value()
		if err != nil {
			return fmt.Errorf("lora: merge: %w", err)
		}
		after, err := m.hash(c.value)
		if err != nil {
			return err
		}
		m.kept = append(m.kept, kept{c.variable, before, after})
	}
	for _, c := range changes {
		if err := c.variable.SetValuePreservingOld(c.value); err != nil {
			return errors.Join(fmt.Errorf("lora: merge: %w", err), m.restore())
		}
	}
	a.merged = m
	return nil
}

// mergedWeight computes W + s·B·A of a target, with the lengths of rows that DoRA learned.
func (a *Adapter) mergedWeight(t Target) (*tensors.Tensor, error) {
	weight := a.store.GetVariable(t.PathWeight())
	W, errW := floats.Read(weight)
	A, errA := floats.Read(a.store.GetVariable(t.PathA()))
	B, errB := floats.Read(a.store.GetVariable(t.PathB()))
	if err := errors.Join(errW, errA, errB); err != nil {
		return nil, fmt.Errorf("lora: merge: %w", err)
	}
	whole := t.Whole(W, A, B)
	if t.DoRA {
		m, err := floats.Read(a.store.GetVariable(t.PathMagnitude()))
		if err != nil {
			return nil, fmt.Errorf("lora: merge: %w", err)
		}
		norms := t.Norms(whole)
		for i := range whole {
			o := t.output(i)
			whole[i] *= float64(m[o]) / norms[o]
		}
	}
	for i, v := range whole {
		W[i] = float32(v)
	}
	return t.rounded(W, weight)
}

// rounded is the merged weight in the type of the one that is there. One that is not
// finite is an error.
func (t Target) rounded(W []float32, weight *model.Variable) (*tensors.Tensor, error) {
	value := floats.Tensor(W, weight.Shape())
	if weight.DType() != dtypes.Float32 { // rounding may overflow
		var err error
		if W, err = floats.FromTensor(value); err != nil {
			return nil, err
		}
	}
	for i, w := range W {
		if math.IsNaN(float64(w)) || math.IsInf(float64(w), 0) {
			return nil, fmt.Errorf("lora: merge: %s.weight[%d, %d] would be %v: the adapter or the weight is not finite there", t.Name, i/t.columns(), i%t.columns(), w)
		}
	}
	return value, nil
}

// mergedBias computes b + s·b_B of a target.
func (a *Adapter) mergedBias(t Target, base, bias *model.Variable) (*tensors.Tensor, error) {
	if base == nil {
		return nil, fmt.Errorf("lora: merge: module %s has no bias to add that of lora_B to: leave it unmerged", t.Name)
	}
	b, errBase := floats.Read(base)
	d, errBias := floats.Read(bias)
	if err := errors.Join(errBase, errBias); err != nil {
		return nil, fmt.Errorf("lora: merge: %w", err)
	}
	for i := range b {
		b[i] = float32(float64(b[i]) + t.Scaling*float64(d[i]))
		if math.IsNaN(float64(b[i])) || math.IsInf(float64(b[i]), 0) {
			return nil, fmt.Errorf("lora: merge: %s.bias[%d] would be %v: the adapter or the bias is not finite there", t.Name, i, b[i])
		}
	}
	return floats.Tensor(b, base.Shape()), nil
}

// Unmerge undoes Merge: weights and matrices get back the very bits they had. It
// gives [ErrNotMerged] when there is nothing to undo, and refuses when a weight or
// a matrix was changed since, for instance by training, which would be lost.
func (a *Adapter) Unmerge() error {
	if a.merged == nil {
		return ErrNotMerged
	}
	for _, k := range a.merged.kept {
		value, err := k.variable.Value()
		if err != nil {
			return fmt.Errorf("lora: unmerge: %w", err)
		}
		now, err := a.merged.hash(value)
		if err != nil {
			return err
		}
		if now != k.after {
			return fmt.Errorf("lora: unmerge: %s was changed since the adapter was merged: what it learned would be lost", k.variable.Path())
		}
	}
	if err := a.merged.restore(); err != nil {
		return err
	}
	a.merged = nil
	return nil
}

// restore gives all variables the values they had.
func (m *merged) restore() error {
	for _, k := range m.kept {
		if now, err := k.variable.Value(); err == nil && now == k.before {
			continue
		}
		if err := k.variable.SetValue(k.before); err != nil {
			return fmt.Errorf("lora: unmerge: %w", err)
		}
	}
	return nil
}

// value is the variable's value without the merge.
func (a *Adapter) value(v *model.Variable) (*tensors.Tensor, error) {
	if a.merged != nil {
		for _, k := range a.merged.kept {
			if k.variable == v {
				return k.before, nil
			}
		}
	}
	value, err := v.Value()
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	return value, nil
}

func (m *merged) hash(t *tensors.Tensor) (sum uint64, err error) {
	accessErr := t.ConstBytes(func(data []byte) { sum = maphash.Bytes(m.seed, data) })
	if accessErr != nil {
		return 0, fmt.Errorf("lora: %w", accessErr)
	}
	return sum, nil
}
