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

// room is what is set aside for several adapters on a dense projection.
type room struct {
	scope, name string
	in, out     int
	r           int  // largest rank, 0 where the module is not adapted
	dora        bool // vectors that bring a row to its length
	bias        bool // vectors that are added
	head        bool // whole weights: a module to save
	headBias    bool // with biases
}

// Paths of a room's stacks [slots, …].
func (r *room) pathA() string       { return r.scope + "/#lora_A" }       // [slots, r, in]
func (r *room) pathB() string       { return r.scope + "/#lora_B" }       // [slots, out, r]
func (r *room) pathScaling() string { return r.scope + "/#lora_scaling" } // [slots]
func (r *room) pathRescale() string { return r.scope + "/#lora_rescale" } // [slots, out], DoRA's c - 1
func (r *room) pathBias() string    { return r.scope + "/#lora_bias" }    // [slots, out]
func (r *room) pathWeight() string  { return r.scope + "/#weight" }       // [slots, out, in]
func (r *room) pathHead() string    { return r.scope + "/#bias" }         // [slots, out]

// widen makes room for what an adapter has on the model.
func (s *Set) widen(c lora.Config, l *lora.Layout) error {
	if c.PeftType == lora.SHiRA {
		return &lora.ConfigError{Field: "peft_type", Value: lora.SHiRA, Reason: "several adapters can be of a pair of matrices on dense projections only"}
	}
	for _, t := range l.Targets {
		r, err := s.room(t.Scope)
		if err != nil {
			return err
		}
		r.r = max(r.r, t.R)
		r.dora, r.bias = r.dora || t.DoRA, r.bias || t.Bias
	}
	for _, v := range l.Saved {
		r, err := s.room(v.Variable.Scope())
		if err != nil {
			return &lora.ConfigError{Field: "modules_to_save", Value: v.Module, Reason: "several adapters can have their own dense projections only: " + err.Error()}
		}
		r.head = true
		switch name := v.Variable.Name(); name {
		case "weight":
		case "bias":
			r.headBias = true
		default:
			return &lora.ConfigError{Field: "modules_to_save", Value: v.Module, Reason: fmt.Sprintf("expected a weight and a bias, found %s", name)}
		}
	}
	for _, v := range l.Biases {
		r, err := s.room(v.Variable.Scope())
		if err != nil {
			return &lora.ConfigError{Field: "bias", Value: v.Module, Reason: "several adapters can have the biases of dense projections only: " + err.Error()}
		}
		r.bias = true
	}
	for _, r := range s.rooms {
		if r.head && r.r > 0 {
			return &lora.ConfigError{Field: "modules_to_save", Value: r.name, Reason: "another configuration adapts the module: that and saving it whole do not go together"}
		}
	}
	return nil
}

// room is the one of a module, made where there is none yet.
func (s *Set) room(scope string) (*room, error) {
	if r := s.rooms[scope]; r != nil {
		return r, nil
	}
	if !slices.ContainsFunc(s.modules, func(module string) bool { return dotted.Absolute(module) == scope }) {
		return nil, fmt.Errorf("%s is none of the model's", dotted.Name(scope))
	}
	weight := s.store.GetVariable(scope + "/weight")
	if weight == nil {
		return nil, fmt.Errorf("the model has no variable %s/weight: load the model before the adapters", scope)
	}
	shape := weight.Shape()
	if shape.Rank() != 2 || !shape.DType.IsFloat() {
		return nil, fmt.Errorf("module %s: expected a weight [out, in] of floats, found %s", dotted.Name(scope), shape)
	}
	r := &room{scope: scope, name: dotted.Name(scope), in: shape.Dim(1), out: shape.Dim(0)}
	s.rooms[scope] = r
	return r, nil
}

// stacks makes the values of a room without adapters: zeros, and the base's own where
// modules are whole.
func (r *room) stacks(store *model.Store, slots int, into map[string]*tensors.Tensor) error {
	zeros := func(dims ...int) *tensors.Tensor {
		n := slots
		for _, d := range dims {
			n *= d
		}
		return tensors.FromFlatDataAndDimensions(make([]float32, n), append([]int{slots}, dims...)...)
	}
	if r.r > 0 {
		into[r.pathA()], into[r.pathB()] = zeros(r.r, r.in), zeros(r.out, r.r)
		into[r.pathScaling()] = zeros()
	}
	if r.dora {
		into[r.pathRescale()] = zeros(r.out)
	}
	if r.bias {
		into[r.pathBias()] = zeros(r.out)
	}
	whole := func(path, from string, dims ...int) error {
		values, err := floats.Read(store.GetVariable(r.scope + "/" + from))
		if err != nil {
			return err
		}
		into[path] = tensors.FromFlatDataAndDimensions(slices.Repeat(values, slots), append([]int{slots}, dims...)...)
		return nil
	}
	if r.head {
		if err := whole(r.pathWeight(), "weight", r.out, r.in); err != nil {
			return err
		}
	}
	if r.headBias {
		return whole(r.pathHead(), "bias", r.out)
	}
	return nil
}

// fits checks that there is room for an adapter.
func (s *Set) fits(name string, a *lora.Adapter) error {
	refuse := func(field string, value any, format string, args ...any) error {
		return &RoomError{name, field, value, fmt.Sprintf(format, args...) + ": " + hint}
	}
	if a.Config().PeftType == lora.SHiRA {
		return &RoomError{name, "peft_type", lora.SHiRA, "several adapters can be of a pair of matrices on dense projections only"}
	}
	for _, t := range a.Layout().Targets {
		A, B := a.Store().GetVariable(t.PathA()), a.Store().GetVariable(t.PathB())
		if A == nil || B == nil || !slices.Equal(A.Shape().Dimensions, []int{t.R, t.In}) || !slices.Equal(B.Shape().Dimensions, []int{t.Out, t.R}) {
			return &RoomError{name, "target_modules", t.Name, "several adapters can be of a pair of matrices on dense projections only"}
		}
		r := s.rooms[t.Scope]
		switch {
		case r == nil || r.r == 0:
			var there []string
			for _, r := range s.order {
				if r.r > 0 {
					there = append(there, r.name)
				}
			}
			return refuse("target_modules", t.Name, "there is room on %s", strings.Join(dotted.Summary(there), ", "))
		case t.R > r.r:
			return refuse("r", t.R, "%s has room for ranks up to %d", t.Name, r.r)
		case t.DoRA && !r.dora:
			return refuse("use_dora", true, "%s has no room for DoRA's vector", t.Name)
		case t.Bias && !r.bias:
			return refuse("lora_bias", true, "%s has no room for a bias", t.Name)
		}
	}
	for _, v := range a.Layout().Saved {
		if r := s.rooms[v.Variable.Scope()]; r == nil || !r.head || v.Variable.Name() == "bias" && !r.headBias {
			return refuse("modules_to_save", v.Module, "there is no room for its own %s", v.Name)
		}
	}
	for _, v := range a.Layout().Biases {
		if r := s.rooms[v.Variable.Scope()]; r == nil || !r.bias {
			return refuse("bias", a.Config().Bias, "there is no room for its own %s", v.Name)
		}
	}
	return nil
}
