package lora

import (
	"encoding/json"
	"math"

	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// EVAConfig are the settings of [InitEVA], with PEFT's names in eva_config.
type EVAConfig struct {
	// Rho limits the rank of a module to round(Rho·r), half to even. The sum of all ranks is
	// distributed to the directions that explain the largest shares of their modules'
	// variance. A module that gets none is not adapted. With 1 the ranks stay as they are.
	// Default 2.
	Rho float64 `json:"rho,omitempty"`

	// AdjustScalingFactors gives a module whose rank changed alpha·(new rank)/r, so that
	// alpha/r stays. Default true.
	AdjustScalingFactors *bool `json:"adjust_scaling_factors,omitempty"`

	// Whiten divides each row of A by the root of its singular value, which grows with the
	// number of inputs. PEFT 0.21 divides once for each of the modules that share an input,
	// which is an error of PEFT; here it is once. Default false.
	Whiten bool `json:"whiten,omitempty"`
}

// withDefaults replaces nil and the zero values, and shares nothing with c.
func (c *EVAConfig) withDefaults() *EVAConfig {
	full, adjust := EVAConfig{}, true
	if c != nil {
		full = *c
	}
	if full.AdjustScalingFactors != nil {
		adjust = *full.AdjustScalingFactors
	}
	full.AdjustScalingFactors = &adjust
	if full.Rho == 0 {
		full.Rho = 2
	}
	return &full
}

// String is the JSON of the settings.
func (c *EVAConfig) String() string {
	text, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// peft is the field as PEFT writes it.
func (c *EVAConfig) peft() map[string]any {
	return map[string]any{
		"rho": c.Rho, "tau": 0.99, "use_label_mask": true, "label_mask_value": -100,
		"whiten": c.Whiten, "adjust_scaling_factors": *c.AdjustScalingFactors,
	}
}

// components returns the number of directions to find for each target: the largest of those
// with the same input, which have the same group.
func (c *EVAConfig) components(targets []Target, group []int) []int {
	most := map[int]int{}
	for i, t := range targets {
		most[group[i]] = max(most[group[i]], int(math.RoundToEven(float64(t.R)*c.Rho)))
	}
	list := make([]int, len(targets))
	for i := range targets {
		list[i] = most[group[i]]
	}
	return list
}

// ranksOf are the ranks of the targets.
func ranksOf(targets []Target) []int {
	ranks := make([]int, len(targets))
	for i, t := range targets {
		ranks[i] = t.R
	}
	return ranks
}

// redistribute gives the layout's targets the ranks that EVA found, and removes those that got
// none.
func (l *Layout) redistribute(c Config, ranks []int) {
	var kept []Target
	for i, t := range l.Targets {
		if ranks[i] == 0 {
			continue
		}
		if ranks[i] != t.R {
			if *c.EVA.AdjustScalingFactors {
				t.alpha *= float64(ranks[i]) / float64(t.R)
			}
			t.R = ranks[i]
			t.Scaling = c.scaling(t.R, t.alpha)
		}
		kept = append(kept, t)
	}
	l.Targets = kept
}

// Inject puts the adapter on the model as [Adapter.Inject] does. The rows of A are the
// principal directions of the inputs, B is zero, and the ranks are those that the directions
// give. Modules that got no rank are not adapted: see [Adapter.Targets] and [Adapter.Report].
//
// Errors: [ErrInjected]; [ErrNoActivations] where nothing was gathered; an
// *[initialization.Error] for a module whose inputs are fewer or narrower than its directions,
// or are all the same. The model is then as it was.
func (s *Activations) Inject() error {
	a := s.adapter
	if a.store != nil {
		return ErrInjected
	}
	if s.gathered == nil {
		return ErrNoActivations
	}
	targets := s.layout.Targets
	group := s.groups()
	components := a.config.EVA.components(targets, group)
	found := make([]initialization.Directions, len(s.gathered)) // by group
	shares := make([][]float64, len(targets))
	for i, t := range targets {
		d := &found[group[i]]
		if d.Vectors == nil {
			var err error
			if *d, err = s.gathered[group[i]].Principal(components[i]); err != nil {
				return &initialization.Error{Module: t.Name, Method: a.config.Init, Reason: err.Error()}
			}
		}
		shares[i] = d.Shares
	}
	ranks := initialization.Distribute(ranksOf(targets), group, shares)
	l := *s.layout
	l.redistribute(a.config, ranks)
	initial := make(map[string]parts, len(l.Targets))
	byScope := map[string]int{}
	for i, t := range targets {
		byScope[t.Scope] = group[i]
	}
	for _, t := range l.Targets {
		A, err := found[byScope[t.Scope]].A(t.R, a.config.EVA.Whiten)
		if err != nil {
			return &initialization.Error{Module: t.Name, Method: a.config.Init, Reason: err.Error()}
		}
		initial[t.Scope] = parts{A: A, B: make([]float32, t.Out*t.R)}
	}
	return a.attachInitial(s.store, &l, nil, initial)
}
