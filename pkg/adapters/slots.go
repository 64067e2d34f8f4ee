package adapters

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora"
)

// write copies an adapter's values into slot i of the stacks. Where the adapter has no values,
// the slot gets the base's, so that nothing of its previous adapter remains.
func (s *Set) write(i int, name string, a *lora.Adapter) error {
	if err := s.fits(name, a); err != nil {
		return err
	}
	changes := map[string][]float32{}
	for _, k := range s.order {
		values, err := s.values(k, a)
		if err != nil {
			return err
		}
		maps.Copy(changes, values)
	}
	targets := map[string]*tensors.Tensor{}
	for path := range changes {
		value, err := s.store.GetVariable(path).Value()
		if err != nil {
			return fmt.Errorf("adapters: read variable %s: %w", path, err)
		}
		targets[path] = value
	}
	for path, part := range changes { // in place: a stack is as large as all adapters together
		err := tensors.MutableFlatData(targets[path], func(all []float32) { copy(all[i*len(part):], part) })
		if err != nil {
			return fmt.Errorf("adapters: set %s: %w", path, err)
		}
	}
	return nil
}

// values returns an adapter's values for a slot of a stack, by the paths of the stack's
// variables.
func (s *Set) values(k *stack, a *lora.Adapter) (map[string][]float32, error) {
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
	t, adapted := a.Layout().Target(k.scope)
	if k.r > 0 {
		A, B, scaling := make([]float32, k.r*k.in), make([]float32, k.out*k.r), make([]float32, 1)
		if adapted {
			copy(A, read(a.Store(), t.PathA()))
			B = padded(read(a.Store(), t.PathB()), t.R, k.r)
			scaling[0] = float32(t.Scaling)
		}
		values[k.pathA()], values[k.pathB()], values[k.pathScaling()] = A, B, scaling
	}
	if k.dora {
		values[k.pathRescale()] = make([]float32, k.out)
		if adapted && t.DoRA {
			ratios := magnitudeRatios(t, read(a.Store(), t.PathWeight()), read(a.Store(), t.PathA()), read(a.Store(), t.PathB()), read(a.Store(), t.PathMagnitude()))
			for o, c := range ratios {
				values[k.pathRescale()][o] = float32(c - 1)
			}
		}
	}
	if k.bias {
		bias := make([]float32, k.out)
		own, base := read(a.Store(), k.scope+"/bias"), read(s.store, k.scope+"/bias")
		for o := range own { // zero where the model's biases do not learn
			if !k.saved { // otherwise the whole bias is in the slot
				bias[o] = own[o] - base[o]
			}
		}
		if adapted && t.Bias {
			for o, b := range read(a.Store(), t.PathBias()) {
				bias[o] += float32(t.Scaling * float64(b))
			}
		}
		values[k.pathBias()] = bias
	}
	if k.saved { // the base's where the adapter does not save the module
		values[k.pathSavedWeight()] = k.padSaved(read(a.Store(), k.scope+"/weight"), k.in)
	}
	if k.savedBias {
		values[k.pathSavedBias()] = k.padSaved(read(a.Store(), k.scope+"/bias"), 1)
	}
	if failed != nil {
		return nil, fmt.Errorf("adapters: %w", failed)
	}
	return values, nil
}

// padded returns the rows of a matrix [out, r], each padded with zeros to a width.
func padded(B []float32, r, width int) []float32 {
	all := make([]float32, 0, len(B)/r*width)
	for row := range slices.Chunk(B, r) {
		all = append(append(all, row...), make([]float32, width-r)...)
	}
	return all
}

// magnitudeRatios returns DoRA's c = m/‖W + s·B·A‖ of each output; 1 where the norm is zero.
func magnitudeRatios(t lora.Target, W, A, B, m []float32) []float64 {
	c := t.Norms(t.Whole(W, A, B))
	for o, norm := range c {
		c[o] = float64(m[o]) / norm
		if math.IsNaN(c[o]) || math.IsInf(c[o], 0) {
			c[o] = 1
		}
	}
	return c
}
