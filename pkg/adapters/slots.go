package adapters

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora"
)

// write copies an adapter's values into the stacks' slot i. What the adapter lacks is
// as the base has it, so that nothing of the slot's last adapter stays.
func (s *Set) write(i int, name string, a *lora.Adapter) error {
	if err := s.fits(name, a); err != nil {
		return err
	}
	fresh := map[*model.Variable]*tensors.Tensor{}
	for _, r := range s.order {
		values, err := s.values(r, a)
		if err != nil {
			return err
		}
		for path, part := range values {
			v := s.store.GetVariable(path)
			all, err := floats.Read(v)
			if err != nil {
				return err
			}
			copy(all[i*len(part):], part)
			fresh[v] = tensors.FromFlatDataAndDimensions(all, v.Shape().Dimensions...)
		}
	}
	for v, value := range fresh {
		if err := v.SetValue(value); err != nil {
			return fmt.Errorf("adapters: set %s: %w", v.Path(), err)
		}
	}
	return nil
}

// values are an adapter's parts of a room's stacks, by the stacks' paths.
func (s *Set) values(r *room, a *lora.Adapter) (map[string][]float32, error) {
	var failed error
	read := func(store *model.Store, path string) []float32 {
		v := store.GetVariable(path)
		if v == nil { // a projection without a bias
			return nil
		}
		values, err := floats.Read(v)
		failed = errors.Join(failed, err)
		return values
	}
	values := map[string][]float32{}
	t, adapted := a.Layout().Target(r.scope)
	if r.r > 0 {
		A, B, scaling := make([]float32, r.r*r.in), make([]float32, r.out*r.r), make([]float32, 1)
		if adapted {
			copy(A, read(a.Store(), t.PathA()))
			B = padded(read(a.Store(), t.PathB()), t.R, r.r)
			scaling[0] = float32(t.Scaling)
		}
		values[r.pathA()], values[r.pathB()], values[r.pathScaling()] = A, B, scaling
	}
	if r.dora {
		values[r.pathRescale()] = make([]float32, r.out)
		if adapted && t.DoRA {
			c := rescale(t, read(a.Store(), t.Scope+"/weight"), read(a.Store(), t.PathA()), read(a.Store(), t.PathB()), read(a.Store(), t.PathMagnitude()))
			for o, c := range c {
				values[r.pathRescale()][o] = float32(c - 1)
			}
		}
	}
	if r.bias {
		bias := make([]float32, r.out)
		mine, base := read(a.Store(), r.scope+"/bias"), read(s.store, r.scope+"/bias")
		for o := range mine { // the same but where biases learn
			bias[o] = mine[o] - base[o]
		}
		if adapted && t.Bias {
			for o, b := range read(a.Store(), t.PathBias()) {
				bias[o] += float32(t.Scaling * float64(b))
			}
		}
		values[r.pathBias()] = bias
	}
	if r.head { // the base's where the adapter does not save it
		values[r.pathWeight()] = read(a.Store(), r.scope+"/weight")
	}
	if r.headBias {
		values[r.pathHead()] = read(a.Store(), r.scope+"/bias")
	}
	return values, failed
}

// padded are the rows of a matrix [out, r], each filled up with zeros to wide.
func padded(B []float32, r, wide int) []float32 {
	all := make([]float32, 0, len(B)/r*wide)
	for row := range slices.Chunk(B, r) {
		all = append(append(all, row...), make([]float32, wide-r)...)
	}
	return all
}

// rescale is DoRA's c = m/‖W + s·B·A‖ of each row.
func rescale(t lora.Target, W, A, B, m []float32) []float64 {
	c := t.Norms(t.Whole(W, A, B))
	for o, norm := range c {
		c[o] = float64(m[o]) / norm
		if math.IsNaN(c[o]) || math.IsInf(c[o], 0) { // a row of zeros
			c[o] = 1
		}
	}
	return c
}
