package lora

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// EVAConfig is how [InitEVA] gives out ranks, by PEFT's names in eva_config.
type EVAConfig struct {
	// Rho is how many times its rank a module may come to: the sum of all ranks goes to
	// the directions that explain the largest shares of their modules' variance, up to
	// round(Rho·r) of a module, half to even. A module that gets none is not adapted.
	// 1 leaves the ranks as they are. Default 2.
	Rho float64 `json:"rho,omitempty"`

	// AdjustScalingFactors gives a module whose rank changed alpha·(new rank)/r, so that
	// alpha/r stays. Default true.
	AdjustScalingFactors *bool `json:"adjust_scaling_factors,omitempty"`

	// Whiten divides each row of A by the root of its singular value, that of the inputs
	// gathered, which grows with their number. PEFT 0.21 does so once for each of the
	// modules that share an input, by an oversight; here it is once. Default false.
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

// peft is the field as PEFT writes it.
func (c *EVAConfig) peft() map[string]any {
	return map[string]any{
		"rho": c.Rho, "tau": 0.99, "use_label_mask": true, "label_mask_value": -100,
		"whiten": c.Whiten, "adjust_scaling_factors": *c.AdjustScalingFactors,
	}
}

// components are how many directions each target may come to: those with the same input,
// which have the same group, the same number.
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

// distribute gives the sum of the targets' ranks to the largest shares of variance;
// shares[i] are those of a target's directions, falling. Among equal ones those come
// first that are the first of their group, as PEFT wants it.
func distribute(targets []Target, group []int, shares [][]float64) []int {
	seen := map[int]bool{}
	var first, rest []int
	for i := range targets {
		if seen[group[i]] {
			rest = append(rest, i)
			continue
		}
		seen[group[i]] = true
		first = append(first, i)
	}
	type direction struct {
		target int
		share  float64
	}
	var all []direction
	budget := 0
	for _, i := range slices.Concat(first, rest) {
		budget += targets[i].R
		for _, share := range shares[i] {
			all = append(all, direction{i, share})
		}
	}
	slices.SortStableFunc(all, func(a, b direction) int {
		return cmp.Compare(b.share, a.share)
	})
	ranks := make([]int, len(targets))
	for _, d := range all[:budget] {
		ranks[d.target]++
	}
	return ranks
}

// redistribute gives the layout's targets the ranks that EVA found, and leaves out those
// that got none.
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

// Inject puts the adapter on the model, as [Adapter.Inject] does, but with the principal
// directions of what was gathered as the rows of A, B zero, and with the ranks that they
// give. The adapter then has the modules that got a rank; [Adapter.Targets] and
// [Adapter.Report] tell.
//
// Errors: [ErrInjected]; [ErrNoActivations] where nothing was gathered; a *[StartError]
// for a module with fewer inputs, or narrower ones, than it may have directions, or with
// inputs that are all the same. The model is then as it was.
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
	found := make([]directions, len(s.gathered)) // by group
	shares := make([][]float64, len(targets))
	for i, t := range targets {
		d := &found[group[i]]
		if d.rows == nil {
			var err error
			if *d, err = s.gathered[group[i]].principal(components[i]); err != nil {
				return &StartError{t.Name, InitEVA, err.Error()}
			}
		}
		shares[i] = d.shares
	}
	ranks := distribute(targets, group, shares)
	l := *s.layout
	l.redistribute(a.config, ranks)
	starts := make(map[string]parts, len(l.Targets))
	byScope := map[string]int{}
	for i, t := range targets {
		byScope[t.Scope] = group[i]
	}
	for _, t := range l.Targets {
		A, err := found[byScope[t.Scope]].matrix(t.R, a.config.EVA.Whiten)
		if err != nil {
			return &StartError{t.Name, InitEVA, err.Error()}
		}
		starts[t.Scope] = parts{A: A, B: make([]float32, t.Out*t.R)}
	}
	return a.attachStart(s.store, &l, nil, starts)
}

// matrix is A [r, in] of the first r directions.
func (d directions) matrix(r int, whiten bool) ([]float32, error) {
	A := make([]float32, 0, r*len(d.rows[0]))
	for k, row := range d.rows[:r] {
		root := 1.0
		if whiten {
			if !(d.values[k] > singular*d.values[0]) {
				return nil, fmt.Errorf("only %d directions of what it is given vary, and whitening divides by how much each of %d does: lower the rank or rho, or leave whiten out", k, r)
			}
			root = math.Sqrt(d.values[k])
		}
		for _, v := range row {
			A = append(A, float32(v/root))
		}
	}
	return A, nil
}
