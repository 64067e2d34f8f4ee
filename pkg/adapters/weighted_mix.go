package adapters

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/linalg"
	"github.com/lorabook/lorabook/pkg/lora"
)

// mixture is an adapter that comes of several.
type mixture struct {
	Weighted
	set      *Set
	names    []string
	weights  []float64
	adapters []*lora.Adapter
	labels   []string // names of the classes, nil where no adapter has them

	modules  []string // dotted names, in the order of the model's
	ranks    map[string]int
	matrices map[string]lora.Matrices // by scope
}

// share is what one adapter has on a module.
type share struct {
	adapter string
	weight  float64
	target  lora.Target
	A, B    []float32
}

// mix combines the matrices of every module that one of the adapters has.
func (m *mixture) mix() error {
	m.ranks, m.matrices = map[string]int{}, map[string]lora.Matrices{}
	widest := 0
	for _, a := range m.adapters {
		for _, t := range a.Layout().Targets {
			widest = max(widest, t.R)
		}
	}
	for _, module := range m.set.modules {
		scope := dotted.Absolute(module)
		var shares []share
		for i, a := range m.adapters {
			t, ok := a.Layout().Target(scope)
			if !ok {
				continue
			}
			A, errA := floats.Read(a.Store().GetVariable(t.PathA()))
			B, errB := floats.Read(a.Store().GetVariable(t.PathB()))
			if err := errors.Join(errA, errB); err != nil {
				return err
			}
			shares = append(shares, share{m.names[i], m.weights[i], t, A, B})
		}
		if len(shares) == 0 {
			continue
		}
		name := shares[0].target.Name
		r, A, B, err := m.combineMatrices(name, shares, widest)
		if err != nil {
			return err
		}
		if !floats.Finite(A) || !floats.Finite(B) {
			return m.tooLarge(name)
		}
		m.modules = append(m.modules, name)
		m.ranks[name], m.matrices[scope] = r, lora.Matrices{A: A, B: B}
	}
	return nil
}

// tooLarge says that the weights carry a module's values beyond what a float32 holds.
func (m *mixture) tooLarge(module string) error {
	return &lora.ConfigError{Field: "weights", Value: slices.MaxFunc(m.weights, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) }), Reason: "values of " + module + " would not be finite"}
}

// combineMatrices combines what the adapters have on one module.
func (m *mixture) combineMatrices(module string, shares []share, widest int) (r int, A, B []float32, err error) {
	t := shares[0].target
	switch {
	case m.CombinationType == CombineCat:
		r, wideA, wideB := beside(shares)
		return r, narrowed(wideA), narrowed(wideB), nil
	case m.svd():
		r = m.SVDRank
		if r == 0 {
			r = widest
		}
		if width := min(t.In, t.Out); r > width {
			return 0, nil, nil, &lora.ConfigError{Field: "svd_rank", Value: r, Reason: fmt.Sprintf("%s has a weight [%d, %d], so that %d is the highest", module, t.Out, t.In, width)}
		}
		d, err := m.singular(module, shares)
		if err != nil {
			return 0, nil, nil, fmt.Errorf("adapters: module %s: %w", module, err)
		}
		A, B = factors(d, r)
		return r, A, B, nil
	}
	As, Bs := make([][]float64, len(shares)), make([][]float64, len(shares))
	weightsA, weightsB := make([]float64, len(shares)), make([]float64, len(shares))
	for i, s := range shares {
		if s.target.R != t.R {
			return 0, nil, nil, &lora.ConfigError{Field: "r", Value: s.target.R, Reason: fmt.Sprintf("adapter %s on %s, where adapter %s has %d: %s combines matrices of one rank; cat and those that end in svd combine any", s.adapter, module, shares[0].adapter, t.R, m.CombinationType)}
		}
		strength := s.weight * s.target.Scaling
		weightsB[i] = math.Sqrt(math.Abs(strength))
		weightsA[i] = math.Copysign(weightsB[i], strength)
		As[i], Bs[i] = widened(s.A), widened(s.B)
	}
	A = narrowed(m.combine(module, "lora_A", shares, As, weightsA))
	B = narrowed(m.combine(module, "lora_B", shares, Bs, weightsB))
	return t.R, A, B, nil
}

// singular is what the adapters' products come to on one module.
func (m *mixture) singular(module string, shares []share) (linalg.SVD, error) {
	if m.CombinationType == CombineSVD {
		return singularOfSum(shares)
	}
	t := shares[0].target
	products, weights := make([][]float64, len(shares)), make([]float64, len(shares))
	for i, s := range shares {
		products[i], weights[i] = s.target.Whole(make([]float32, t.Out*t.In), s.A, s.B), s.weight
	}
	return singularOf(mat.NewDense(t.Out, t.In, m.combine(module, "delta", shares, products, weights)))
}

// config is the result's: scaling 1, and the modules that one of the adapters has.
func (m *mixture) config() (lora.Config, error) {
	c := m.adapters[0].Config()
	c.R, c.Fraction, c.RSLoRA, c.Init = 0, 0, false, lora.InitKaiming
	c.RankPattern, c.AlphaPattern = nil, nil
	for _, name := range m.modules {
		c.R = max(c.R, m.ranks[name])
	}
	c.Alpha = float64(c.R)
	for _, name := range m.modules {
		if r := m.ranks[name]; r != c.R {
			c.RankPattern = append(c.RankPattern, lora.Pattern[int]{Modules: regexp.QuoteMeta(name), Value: r})
			c.AlphaPattern = append(c.AlphaPattern, lora.Pattern[float64]{Modules: regexp.QuoteMeta(name), Value: float64(r)})
		}
	}
	var expressions []string
	for _, a := range m.adapters {
		for _, module := range a.Config().ModulesToSave {
			if !slices.Contains(c.ModulesToSave, module) {
				c.ModulesToSave = append(c.ModulesToSave, module)
			}
		}
		for _, module := range a.Config().TargetModules {
			if !slices.Contains(c.TargetModules, module) {
				c.TargetModules = append(c.TargetModules, module)
			}
		}
		expressions = append(expressions, "("+a.Config().TargetRegexp+")")
	}
	if c.TargetRegexp != "" && len(m.adapters) > 1 {
		c.TargetRegexp = strings.Join(expressions, "|")
	}
	if !m.chooses(c) { // where the settings together choose others, by their whole names
		c.TargetModules, c.TargetRegexp = slices.Clone(m.modules), ""
		c.ExcludeModules, c.ExcludeRegexp, c.LayersToTransform, c.LayersPattern = nil, "", nil, nil
		if !m.chooses(c) {
			return c, fmt.Errorf("adapters: no configuration chooses %s alone: a module to save of one adapter is adapted by another", strings.Join(dotted.Summary(m.modules), ", "))
		}
	}
	return c, nil
}

// chooses tells whether a configuration adapts just the result's modules.
func (m *mixture) chooses(c lora.Config) bool {
	l, err := c.Layout(m.set.store, m.set.modules)
	if err != nil {
		return false
	}
	return slices.EqualFunc(l.Targets, m.modules, func(t lora.Target, name string) bool { return t.Name == name })
}

// adapter makes the result on a store of its own.
func (m *mixture) adapter(c lora.Config, own *model.Store) (*lora.Adapter, error) {
	a, err := m.adapters[0].Derive(c)
	if err != nil {
		return nil, err
	}
	l, err := c.Layout(own, m.set.modules)
	if err != nil {
		return nil, err
	}
	saved := map[string][]float32{}
	for _, v := range l.Saved {
		sum := make([]float64, v.Variable.Shape().Size())
		for i, one := range m.adapters {
			values, err := floats.Read(one.Store().GetVariable(v.Variable.Path()))
			if err != nil {
				return nil, err
			}
			for k, x := range values {
				sum[k] += m.weights[i] * float64(x)
			}
		}
		path := v.Variable.Path()
		if saved[path] = narrowed(sum); !floats.Finite(saved[path]) {
			return nil, m.tooLarge(v.Module)
		}
	}
	if err := a.InjectValues(own, m.set.modules, m.matrices, saved); err != nil {
		return nil, err
	}
	return a, a.SetLabels(m.labels)
}
