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
	"github.com/lorabook/lorabook/internal/heap"
)

// merged has what Unmerge needs to restore the model.
type merged struct {
	seed maphash.Seed
	kept []kept
}

// kept is a variable whose value Merge replaced.
type kept struct {
	variable *model.Variable
	before   *tensors.Tensor // its value before; nothing else refers to it
	after    uint64          // hash of the value that replaced it
}

// Merge adds the adapter to the weights: W ← W + s·B·A, with the magnitudes of DoRA, or W + S
// for SHiRA, rounded once to W's type. The model then computes the same with and without the
// adapter's Wrap, since B, or S, is zero while it is merged. Other parts of the model that use
// an adapted weight get the merged one, such as BERT's head for masked words, which uses the
// weight of word_embeddings. The model can now be saved as one that needs no adapter; Save
// still writes the adapter. To continue training, call [Adapter.Unmerge] first.
//
// Errors: [ErrNotInjected]; [ErrMerged]; an error where a merged weight would not be finite.
// The model is then as it was.
func (a *Adapter) Merge() error {
	switch {
	case a.store == nil:
		return ErrNotInjected
	case a.merged != nil:
		return ErrMerged
	}
	var changes []change
	var copies heap.Replaced
	for _, t := range a.layout.Targets {
		of, err := a.mergedTarget(t)
		if err != nil {
			return err
		}
		changes = append(changes, of...)
		copies.Add(int64(t.In) * int64(t.Out) * (4 + 8)) // of mergedWeight: in float32, and in float64
	}
	copies.Return()
	for _, s := range a.layout.sparse {
		value, err := a.mergedSparse(s)
		if err != nil {
			return err
		}
		values := a.store.GetVariable(s.pathValues())
		changes = append(changes, change{a.store.GetVariable(s.PathWeight()), value}, change{values, tensors.FromShape(values.Shape())})
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

// change is a new value of a variable.
type change struct {
	variable *model.Variable
	value    *tensors.Tensor
}

// mergedTarget computes the new values of a target's variables.
func (a *Adapter) mergedTarget(t Target) ([]change, error) {
	value, err := a.mergedWeight(t)
	if err != nil {
		return nil, err
	}
	B := a.store.GetVariable(t.PathB())
	changes := []change{{a.store.GetVariable(t.PathWeight()), value}, {B, tensors.FromShape(B.Shape())}}
	if t.DoRA { // the magnitudes of the merged weight, with which Wrap adds nothing
		W, err := floats.FromTensor(value)
		if err != nil {
			return nil, err
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
			return nil, err
		}
		changes = append(changes, change{base, value}, change{bias, tensors.FromShape(bias.Shape())})
	}
	return changes, nil
}

// mergedWeight computes W + s·B·A of a target, with the magnitudes that DoRA learned.
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

// rounded converts the merged weight to the type of the present one. A value that is not
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
			return nil, fmt.Errorf("lora: merge: %s.weight[%d, %d] would be %v, expected a finite number: the adapter or the weight is not finite at this place", t.Name, i/t.columns(), i%t.columns(), w)
		}
	}
	return value, nil
}

// mergedBias computes b + s·b_B of a target.
func (a *Adapter) mergedBias(t Target, base, bias *model.Variable) (*tensors.Tensor, error) {
	if base == nil {
		return nil, fmt.Errorf("lora: merge: module %s has no bias, expected one to which that of lora_B can be added: leave it unmerged", t.Name)
	}
	b, errBase := floats.Read(base)
	d, errBias := floats.Read(bias)
	if err := errors.Join(errBase, errBias); err != nil {
		return nil, fmt.Errorf("lora: merge: %w", err)
	}
	for i := range b {
		b[i] = float32(float64(b[i]) + t.Scaling*float64(d[i]))
		if math.IsNaN(float64(b[i])) || math.IsInf(float64(b[i]), 0) {
			return nil, fmt.Errorf("lora: merge: %s.bias[%d] would be %v, expected a finite number: the adapter or the bias is not finite at this place", t.Name, i, b[i])
		}
	}
	return floats.Tensor(b, base.Shape()), nil
}

// Unmerge undoes [Adapter.Merge]: weights and matrices get the same bits as before. Errors:
// [ErrNotMerged], and an error where a weight or a matrix was changed since, for instance by
// training, and the change would be lost.
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
			return fmt.Errorf("lora: unmerge: %s was changed since the adapter was merged, and the change would be lost", k.variable.Path())
		}
	}
	if err := a.merged.restore(); err != nil {
		return err
	}
	a.merged = nil
	return nil
}

// restore gives all variables their values before the merge.
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

// value returns the variable's value without the merge.
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
