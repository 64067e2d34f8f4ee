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

// combination makes one adapter of several.
type combination struct {
	Weighted
	set      *Set
	names    []string
	weights  []float64
	adapters []*lora.Adapter
	labels   []string // names of the classes, nil where no adapter has them
	problem  string   // problem_type of the adapters with labels

	modules  []string // dotted names, in the order of the model's
	ranks    map[string]int
	matrices map[string]lora.Matrices // by scope
}

// operand is the matrices of one adapter on a module.
type operand struct {
	adapter string
	weight  float64
	target  lora.Target
	A, B    []float32
}

// add checks that an adapter can be combined with those before, and adds it.
func (c *combination) add(name string, weight float64) error {
	a, err := c.set.adapter(name)
	if err != nil {
		return err
	}
	if math.IsNaN(weight) || math.IsInf(weight, 0) {
		return &lora.ConfigError{Field: "weights", Value: weight, Reason: "expected a finite number for " + name}
	}
	config, labels := a.Config(), a.Labels()
	field, value := "", any(true)
	switch {
	case config.DoRA:
		field = "use_dora"
	case config.LoRABias:
		field = "lora_bias"
	case config.Bias != lora.BiasNone:
		field, value = "bias", config.Bias
	}
	if field != "" {
		return &lora.ConfigError{Field: field, Value: value, Reason: "adapter " + name + " has it, expected adapters of matrices alone, which can be combined"}
	}
	if labels != nil && c.labels != nil && !slices.Equal(labels, c.labels) {
		return &lora.ConfigError{Field: "labels", Value: labels, Reason: fmt.Sprintf("adapter %s has these classes, expected %q, those of the adapters before: the rows of their classifiers cannot be added", name, c.labels)}
	}
	if labels != nil && c.labels != nil && a.ProblemType() != c.problem {
		return &lora.ConfigError{Field: "problem_type", Value: a.ProblemType(), Reason: fmt.Sprintf("adapter %s has this task, expected %q, that of the adapters before: their classifiers cannot be added", name, c.problem)}
	}
	if c.labels == nil && labels != nil {
		c.labels, c.problem = labels, a.ProblemType()
	}
	c.adapters = append(c.adapters, a)
	return nil
}

// combine combines the matrices of every module that one of the adapters adapts.
func (c *combination) combine() error {
	c.ranks, c.matrices = map[string]int{}, map[string]lora.Matrices{}
	largest := 0 // rank
	for _, a := range c.adapters {
		for _, t := range a.Layout().Targets {
			largest = max(largest, t.R)
		}
	}
	for _, module := range c.set.modules {
		scope := dotted.Absolute(module)
		var operands []operand
		for i, a := range c.adapters {
			t, ok := a.Layout().Target(scope)
			if !ok {
				continue
			}
			A, errA := floats.Read(a.Store().GetVariable(t.PathA()))
			B, errB := floats.Read(a.Store().GetVariable(t.PathB()))
			if err := errors.Join(errA, errB); err != nil {
				return err
			}
			operands = append(operands, operand{c.names[i], c.weights[i], t, A, B})
		}
		if len(operands) == 0 {
			continue
		}
		name := operands[0].target.Name
		r, A, B, err := c.combineMatrices(name, operands, largest)
		if err != nil {
			return err
		}
		if !floats.Finite(A) || !floats.Finite(B) {
			return c.tooLarge(name)
		}
		c.modules = append(c.modules, name)
		c.ranks[name], c.matrices[scope] = r, lora.Matrices{A: A, B: B}
	}
	return nil
}

// tooLarge is the error for weights with which a module's values are too large for float32.
func (c *combination) tooLarge(module string) error {
	return &lora.ConfigError{Field: "weights", Value: slices.MaxFunc(c.weights, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) }), Reason: "expected smaller ones: values of " + module + " would not be finite"}
}

// combineMatrices combines the adapters' matrices on one module.
func (c *combination) combineMatrices(module string, operands []operand, largest int) (r int, A, B []float32, err error) {
	t := operands[0].target
	switch {
	case c.CombinationType == CombineCat:
		r, wideA, wideB := concatenated(operands)
		return r, narrowed(wideA), narrowed(wideB), nil
	case c.svd():
		r = c.SVDRank
		if r == 0 {
			r = largest
		}
		if width := min(t.In, t.Out); r > width {
			return 0, nil, nil, &lora.ConfigError{Field: "svd_rank", Value: r, Reason: fmt.Sprintf("expected at most %d, the narrower width of the weight [%d, %d] of %s", width, t.Out, t.In, module)}
		}
		d, err := c.svdOfCombination(module, operands)
		if err != nil {
			return 0, nil, nil, fmt.Errorf("adapters: module %s: %w", module, err)
		}
		A, B = factors(d, r)
		return r, A, B, nil
	}
	As, Bs := make([][]float64, len(operands)), make([][]float64, len(operands))
	weightsA, weightsB := make([]float64, len(operands)), make([]float64, len(operands))
	for i, s := range operands {
		if s.target.R != t.R {
			return 0, nil, nil, &lora.ConfigError{Field: "r", Value: s.target.R, Reason: fmt.Sprintf("adapter %s has it on %s, expected %[4]d, that of adapter %[3]s: %[5]s combines matrices of one rank; cat and the types that end in svd combine any", s.adapter, module, operands[0].adapter, t.R, c.CombinationType)}
		}
		strength := s.weight * s.target.Scaling
		weightsB[i] = math.Sqrt(math.Abs(strength))
		weightsA[i] = math.Copysign(weightsB[i], strength)
		As[i], Bs[i] = widened(s.A), widened(s.B)
	}
	A = narrowed(c.combineValues(module, "lora_A", operands, As, weightsA))
	B = narrowed(c.combineValues(module, "lora_B", operands, Bs, weightsB))
	return t.R, A, B, nil
}

// svdOfCombination decomposes the combined products of the adapters on one module.
func (c *combination) svdOfCombination(module string, operands []operand) (linalg.SVD, error) {
	if c.CombinationType == CombineSVD {
		return svdOfSum(operands)
	}
	t := operands[0].target
	products, weights := make([][]float64, len(operands)), make([]float64, len(operands))
	for i, s := range operands {
		products[i], weights[i] = s.target.Whole(make([]float32, t.Out*t.In), s.A, s.B), s.weight
	}
	return svdOf(mat.NewDense(t.Out, t.In, c.combineValues(module, "delta", operands, products, weights)))
}

// config is the configuration of the result, with scaling 1 and all modules.
func (c *combination) config() (lora.Config, error) {
	config := c.adapters[0].Config()
	config.R, config.Fraction, config.RSLoRA, config.Init = 0, 0, false, lora.InitKaiming
	config.RankPattern, config.AlphaPattern = nil, nil
	for _, name := range c.modules {
		config.R = max(config.R, c.ranks[name])
	}
	config.Alpha = float64(config.R)
	for _, name := range c.modules {
		if r := c.ranks[name]; r != config.R {
			config.RankPattern = append(config.RankPattern, lora.Pattern[int]{Modules: regexp.QuoteMeta(name), Value: r})
			config.AlphaPattern = append(config.AlphaPattern, lora.Pattern[float64]{Modules: regexp.QuoteMeta(name), Value: float64(r)})
		}
	}
	var expressions []string
	for _, a := range c.adapters {
		for _, module := range a.Config().ModulesToSave {
			if !slices.Contains(config.ModulesToSave, module) {
				config.ModulesToSave = append(config.ModulesToSave, module)
			}
		}
		for _, module := range a.Config().TargetModules {
			if !slices.Contains(config.TargetModules, module) {
				config.TargetModules = append(config.TargetModules, module)
			}
		}
		expressions = append(expressions, "("+a.Config().TargetRegexp+")")
	}
	if config.TargetRegexp != "" && len(c.adapters) > 1 {
		config.TargetRegexp = strings.Join(expressions, "|")
	}
	if !c.chooses(config) { // where the settings together choose other modules: by whole names
		config.TargetModules, config.TargetRegexp = slices.Clone(c.modules), ""
		config.ExcludeModules, config.ExcludeRegexp, config.LayersToTransform, config.LayersPattern = nil, "", nil, nil
		if !c.chooses(config) {
			return config, fmt.Errorf("adapters: no configuration chooses exactly %s: a module to save of one adapter is adapted by another", strings.Join(dotted.Summary(c.modules), ", "))
		}
	}
	return config, nil
}

// chooses reports whether a configuration adapts exactly the result's modules.
func (c *combination) chooses(config lora.Config) bool {
	l, err := config.Layout(c.set.store, c.set.modules)
	if err != nil {
		return false
	}
	return slices.EqualFunc(l.Targets, c.modules, func(t lora.Target, name string) bool { return t.Name == name })
}

// adapter makes the result on a store of its own.
func (c *combination) adapter(config lora.Config, own *model.Store) (*lora.Adapter, error) {
	a, err := c.adapters[0].Derive(config)
	if err != nil {
		return nil, err
	}
	l, err := config.Layout(own, c.set.modules)
	if err != nil {
		return nil, err
	}
	saved := map[string][]float32{}
	for _, v := range l.Saved {
		sum := make([]float64, v.Variable.Shape().Size())
		for i, a := range c.adapters {
			values, err := floats.Read(a.Store().GetVariable(v.Variable.Path()))
			if err != nil {
				return nil, err
			}
			if len(values) != len(sum) {
				return nil, &lora.ConfigError{Field: "modules_to_save", Value: v.Module, Reason: fmt.Sprintf("adapters %q and %q have different numbers of outputs: expected adapters of the same classes", c.names[0], c.names[i])}
			}
			for k, x := range values {
				sum[k] += c.weights[i] * float64(x)
			}
		}
		path := v.Variable.Path()
		if saved[path] = narrowed(sum); !floats.Finite(saved[path]) {
			return nil, c.tooLarge(v.Module)
		}
	}
	if err := a.InjectValues(own, c.set.modules, c.matrices, saved); err != nil {
		return nil, err
	}
	a.SetProblemType(c.problem)
	return a, a.SetLabels(c.labels)
}
