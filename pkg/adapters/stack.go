package adapters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora"
)

// stack is a dense projection with variables that have a row for each slot, and what the
// adapters in the slots may have.
type stack struct {
	scope, name string
	in, out     int
	r           int  // largest rank, 0 where the module is not adapted
	dora        bool // magnitudes
	bias        bool // a bias that is added
	saved       bool // a module to save, with a whole weight for each slot
	savedOut    int  // its largest number of outputs, at least out; adapters with fewer have rows of zeros after their own
	savedBias   bool // with a bias
}

// Paths of the variables [slots, …].
func (k *stack) pathA() string           { return k.scope + "/#lora_A" }       // [slots, r, in]
func (k *stack) pathB() string           { return k.scope + "/#lora_B" }       // [slots, out, r]
func (k *stack) pathScaling() string     { return k.scope + "/#lora_scaling" } // [slots]
func (k *stack) pathRescale() string     { return k.scope + "/#lora_rescale" } // [slots, out], DoRA's c - 1
func (k *stack) pathBias() string        { return k.scope + "/#lora_bias" }    // [slots, out]
func (k *stack) pathSavedWeight() string { return k.scope + "/#weight" }       // [slots, savedOut, in]
func (k *stack) pathSavedBias() string   { return k.scope + "/#bias" }         // [slots, savedOut]

// matricesOnly is the reason for which adapters of other kinds are refused.
const matricesOnly = "expected adapters with matrices on dense projections"

// widen lets the stacks hold an adapter with a configuration and its layout on the model.
func (s *Set) widen(c lora.Config, l *lora.Layout) error {
	if c.PeftType == lora.SHiRA {
		return &lora.ConfigError{Field: "peft_type", Value: lora.SHiRA, Reason: matricesOnly}
	}
	for _, t := range l.Targets {
		k, err := s.stack(t.Scope)
		if err != nil {
			return err
		}
		k.r = max(k.r, t.R)
		k.dora, k.bias = k.dora || t.DoRA, k.bias || t.Bias
	}
	for _, v := range l.Saved {
		k, err := s.stack(v.Variable.Scope())
		if err != nil {
			return &lora.ConfigError{Field: "modules_to_save", Value: v.Module, Reason: "expected dense projections: " + err.Error()}
		}
		k.saved = true
		switch name := v.Variable.Name(); name {
		case "weight":
		case "bias":
			k.savedBias = true
		default:
			return &lora.ConfigError{Field: "modules_to_save", Value: v.Module, Reason: fmt.Sprintf("expected a weight and a bias, found %s", name)}
		}
	}
	for _, v := range l.Biases {
		k, err := s.stack(v.Variable.Scope())
		if err != nil {
			return &lora.ConfigError{Field: "bias", Value: v.Module, Reason: "expected biases of dense projections: " + err.Error()}
		}
		k.bias = true
	}
	for _, module := range s.modules {
		if k := s.stacks[dotted.Absolute(module)]; k != nil && k.saved && k.r > 0 {
			return &lora.ConfigError{Field: "modules_to_save", Value: k.name, Reason: "another configuration adapts the module, which cannot be combined with saving it whole"}
		}
	}
	return nil
}

// stack returns the stack of a module, and adds one where there is none.
func (s *Set) stack(scope string) (*stack, error) {
	if k := s.stacks[scope]; k != nil {
		return k, nil
	}
	if !slices.ContainsFunc(s.modules, func(module string) bool { return dotted.Absolute(module) == scope }) {
		return nil, fmt.Errorf("%s is not one of the model's modules", dotted.Name(scope))
	}
	weight := s.store.GetVariable(scope + "/weight")
	if weight == nil {
		return nil, fmt.Errorf("the model has no variable %s/weight: load the model before the adapters", scope)
	}
	shape := weight.Shape()
	if shape.Rank() != 2 || !floats.Supported(shape.DType) {
		return nil, fmt.Errorf("module %s: expected a weight [out, in] of floats, found %s", dotted.Name(scope), shape)
	}
	k := &stack{scope: scope, name: dotted.Name(scope), in: shape.Dim(1), out: shape.Dim(0)}
	k.savedOut = max(k.out, s.outputs[scope])
	s.stacks[scope] = k
	return k, nil
}

// variables adds the initial values of a stack, by path: zeros, and for modules to save the
// base's own values.
func (k *stack) variables(store *model.Store, slots int, into map[string]*tensors.Tensor) error {
	zeros := func(dims ...int) *tensors.Tensor {
		n := slots
		for _, d := range dims {
			n *= d
		}
		return tensors.FromFlatDataAndDimensions(make([]float32, n), append([]int{slots}, dims...)...)
	}
	if k.r > 0 {
		into[k.pathA()], into[k.pathB()] = zeros(k.r, k.in), zeros(k.out, k.r)
		into[k.pathScaling()] = zeros()
	}
	if k.dora {
		into[k.pathRescale()] = zeros(k.out)
	}
	if k.bias {
		into[k.pathBias()] = zeros(k.out)
	}
	repeated := func(path, name string, dims ...int) error { // dims are savedOut, and in for a weight
		values, err := floats.Read(store.GetVariable(k.scope + "/" + name))
		if err != nil {
			return fmt.Errorf("adapters: %w", err)
		}
		width := 1
		if len(dims) > 1 {
			width = dims[1]
		}
		values = k.padSaved(values, width)
		into[path] = tensors.FromFlatDataAndDimensions(slices.Repeat(values, slots), append([]int{slots}, dims...)...)
		return nil
	}
	if k.saved {
		if err := repeated(k.pathSavedWeight(), "weight", k.savedOut, k.in); err != nil {
			return err
		}
	}
	if k.savedBias {
		return repeated(k.pathSavedBias(), "bias", k.savedOut)
	}
	return nil
}

// padSaved returns values [outputs, width] of a module to save with rows of zeros up to savedOut
// outputs.
func (k *stack) padSaved(values []float32, width int) []float32 {
	return append(values, make([]float32, max(0, k.savedOut*width-len(values)))...)
}

// fits is an error where an adapter has something for which the stacks have no place.
func (s *Set) fits(name string, a *lora.Adapter) error {
	refuse := func(field string, value any, format string, args ...any) error {
		return &CapacityError{name, field, value, fmt.Sprintf(format, args...) + ": name its configuration where the set is made"}
	}
	if a.Config().PeftType == lora.SHiRA {
		return &CapacityError{name, "peft_type", lora.SHiRA, matricesOnly}
	}
	for _, t := range a.Layout().Targets {
		A, B := a.Store().GetVariable(t.PathA()), a.Store().GetVariable(t.PathB())
		if A == nil || B == nil || !slices.Equal(A.Shape().Dimensions, []int{t.R, t.In}) || !slices.Equal(B.Shape().Dimensions, []int{t.Out, t.R}) {
			return &CapacityError{name, "target_modules", t.Name, matricesOnly}
		}
		k := s.stacks[t.Scope]
		switch {
		case k == nil || k.r == 0:
			var names []string
			for _, k := range s.order {
				if k.r > 0 {
					names = append(names, k.name)
				}
			}
			return refuse("target_modules", t.Name, "expected one of %s", strings.Join(dotted.Summary(names), ", "))
		case t.R > k.r:
			return refuse("r", t.R, "%s can have ranks up to %d", t.Name, k.r)
		case t.DoRA && !k.dora:
			return refuse("use_dora", true, "expected false, since %s has no DoRA", t.Name)
		case t.Bias && !k.bias:
			return refuse("lora_bias", true, "expected false, since %s has no bias for each adapter", t.Name)
		}
	}
	for _, v := range a.Layout().Saved {
		if k := s.stacks[v.Variable.Scope()]; k == nil || !k.saved || v.Variable.Name() == "bias" && !k.savedBias {
			return refuse("modules_to_save", v.Module, "the set has no %s for each adapter", v.Name)
		} else if n := a.Store().GetVariable(v.Variable.Path()).Shape().Dim(0); n > k.savedOut {
			return &CapacityError{name, "modules_to_save", v.Module, fmt.Sprintf("it has %d outputs, and the set has places for %d: make the set with places for more", n, k.savedOut)}
		}
	}
	for _, v := range a.Layout().Biases {
		if k := s.stacks[v.Variable.Scope()]; k == nil || !k.bias {
			return refuse("bias", a.Config().Bias, "the set has no %s for each adapter", v.Name)
		}
	}
	return nil
}
